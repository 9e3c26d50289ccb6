"""Where each setting comes from: command line, environment, `.env`, settings file, default; in that order.

A wrong value given on purpose (the first three) stops the start with a sentence. A wrong value in
the settings file does not: the file is kept aside, good values stay in use, and the problem is
reported; nobody should have to repair a file by hand to get the dialog that writes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from pydantic import ValidationError
from pydantic_settings import BaseSettings, DotEnvSettingsSource, EnvSettingsSource, SettingsConfigDict

from connector_gui.core.errors import ConfigError
from connector_gui.core.sentence import joined, sentence
from connector_gui.core.setting_errors import problems_of
from connector_gui.core.settings import Settings
from connector_gui.system.paths import DataDir, data_dir
from connector_gui.system.settings_file import FILE_FIELDS, NOT_IN_FILE, read_file, set_aside, write_file

Values = Mapping[str, Any]


class Origin(StrEnum):
    """Where a value came from; the first that has one wins."""

    COMMAND_LINE = "command line"
    ENVIRONMENT = "environment"
    DOTENV = ".env"
    FILE = "settings file"
    DEFAULT = "default"


FIXED_ORIGINS: Final = frozenset({Origin.COMMAND_LINE, Origin.ENVIRONMENT, Origin.DOTENV})
"""Origins that the settings dialog shows, but does not overwrite."""

EXPOSURE_FIELDS: Final = frozenset({"host", "tls_cert_file", "tls_key_file", "allow_insecure_lan"})
"""The fields that `Settings` checks in combination."""


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """Settings ready for use, and how they came about.

    Attributes:
        origins: Where each value came from, by field name; every field is there.
        problems: What was wrong with the settings file, in words.
        data_dir: The data folder that holds for this run.
        file_values: What the settings file says, also where something stronger overrules it; JSON types.
    """

    settings: Settings
    origins: Mapping[str, Origin]
    problems: tuple[str, ...]
    data_dir: DataDir
    file_values: Values = field(default_factory=dict)

    @property
    def fixed(self) -> dict[str, str]:
        """Settings that the dialog cannot change, and in words where each is set."""
        return {
            name: sentence("Set by {name}", name=_given_name(name, origin))
            for name, origin in self.origins.items()
            if origin in FIXED_ORIGINS
        }

    def with_changes(self, changes: Values) -> LoadedSettings:
        """Save *changes* to the settings file and return the settings that hold from now on.

        Raises:
            ConfigError: The file cannot be written, or a setting is not the file's to change.
            pydantic.ValidationError: A value is wrong; nothing is saved.
        """
        foreign = sorted(changes.keys() - FILE_FIELDS | changes.keys() & self.fixed.keys())
        if foreign:
            raise ConfigError(
                sentence("{names} cannot be changed in the settings dialog.", names=", ".join(map(str.upper, foreign)))
            )
        settings = self.settings.changed(**changes)
        origins = dict(self.origins)
        file_values = dict(self.file_values)
        for name, value in settings.model_dump(mode="json", include=set(changes)).items():
            # A choice that equals the default is not written: the file says only what differs.
            if getattr(settings, name) == getattr(_DEFAULTS, name):
                origins[name] = Origin.DEFAULT
                file_values.pop(name, None)
            else:
                origins[name] = Origin.FILE
                file_values[name] = value
        write_file(self.data_dir.settings_file, file_values)
        return replace(self, settings=settings, origins=MappingProxyType(origins), file_values=file_values)


def load(command_line: Values | None = None, *, dotenv: Path = Path(".env")) -> LoadedSettings:
    """Collect the settings of this run.

    Args:
        command_line: Values given as arguments, by field name.
        dotenv: The `.env` file; it need not exist.

    Raises:
        ConfigError: A value given on the command line, in the environment or in `.env` is wrong.
    """
    given = _read_given(command_line or {}, dotenv)
    _refuse(_find_problems(given.values), given.origins)
    folder = data_dir(Settings.model_validate({"data_dir": given.values.get("data_dir")}).data_dir)
    file_values, problems, is_broken = _read_own_file(folder, given)
    settings = Settings.model_validate({**file_values, **given.values})
    origins = dict.fromkeys(Settings.model_fields, Origin.DEFAULT)
    origins |= dict.fromkeys(file_values, Origin.FILE) | given.origins
    if is_broken:
        problems = _put_aside(folder, file_values, problems)
    return LoadedSettings(settings, MappingProxyType(origins), tuple(problems), folder, file_values)


@dataclass(frozen=True, slots=True)
class _Given:
    """What was set from outside: values and their origins, by field name."""

    values: dict[str, Any] = field(default_factory=dict, repr=False)  # keys are among them
    origins: dict[str, Origin] = field(default_factory=dict)


class _Names(Settings, BaseSettings):
    """The settings as pydantic-settings wants them; only names its sources, is never made."""

    # An empty variable counts as not set: a copied .env.example is full of them.
    model_config = SettingsConfigDict(env_ignore_empty=True, enable_decoding=False, extra="ignore")


_DEFAULTS: Final = Settings()


def _read_given(command_line: Values, dotenv: Path) -> _Given:
    try:
        from_dotenv = DotEnvSettingsSource(_Names, env_file=dotenv, env_file_encoding="utf-8-sig")()
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(
            sentence("The file {file} cannot be read: it must be a text in UTF-8.", file=dotenv.absolute())
        ) from exc
    given = _Given()
    for origin, values in (
        (Origin.DOTENV, from_dotenv),
        (Origin.ENVIRONMENT, EnvSettingsSource(_Names)()),
        (Origin.COMMAND_LINE, command_line),
    ):
        # A .env may serve other programs too, so names that are not ours are not ours to judge.
        ours = {name: value for name, value in values.items() if name in Settings.model_fields}
        given.values.update(ours)
        given.origins.update(dict.fromkeys(ours, origin))
    return given


def _find_problems(values: Values) -> dict[str, str]:
    """What is wrong with each of *values*; the empty name stands for their combination."""
    try:
        Settings.model_validate(values)
    except ValidationError as exc:
        return problems_of(exc)
    return {}


def _refuse(problems: Mapping[str, str], origins: Mapping[str, Origin]) -> None:
    # What only concerns a combination may still be cured by the settings file.
    told = [
        sentence("{name} {problem}.", name=_given_name(name, origins[name]), problem=text)
        for name, text in problems.items()
        if name
    ]
    if told:
        raise ConfigError(joined(told))


def _given_name(name: str, origin: Origin) -> str:
    if origin is Origin.COMMAND_LINE:
        return sentence("--{name} on the command line", name=name.replace("_", "-"))
    if origin is Origin.ENVIRONMENT:
        return sentence("{name} in the environment", name=name.upper())
    return sentence("{name} in .env", name=name.upper())


def _read_own_file(folder: DataDir, given: _Given) -> tuple[dict[str, Any], list[str], bool]:
    """The usable values of the settings file, what was wrong in it, and whether it has to go aside.

    Raises:
        ConfigError: What was given from outside does not fit together, whatever the file says.
    """
    contents = read_file(folder.settings_file)
    if contents.problem is not None:
        _refuse_combination(given)
        return {}, [contents.problem], True
    values = {name: value for name, value in contents.values.items() if name not in NOT_IN_FILE}
    wrong = _find_problems(values)
    problems: list[str] = [
        sentence("{name} {problem}", name=name, problem=text) for name, text in wrong.items() if name
    ]
    problems += [
        sentence("{name} does not belong there and was not used", name=name)
        for name in contents.values
        if name in NOT_IN_FILE
    ]
    good = {name: value for name, value in values.items() if name not in wrong}
    combination = _find_problems({**good, **given.values}).get("")
    if combination is not None:
        _refuse_combination(given)
        good = {name: value for name, value in good.items() if name not in EXPOSURE_FIELDS}
        problems.append(combination)
    return good, problems, bool(problems)


def _refuse_combination(given: _Given) -> None:
    problem = _find_problems(given.values).get("")
    if problem is not None:
        raise ConfigError(problem)


def _put_aside(folder: DataDir, good: Values, problems: list[str]) -> list[str]:
    """Keep the broken file under another name, put its good values in its place, and say so."""
    path = folder.settings_file
    aside = set_aside(path)
    where = sentence("It was kept as {name}.", name=aside.name) if aside else sentence("It could not be moved aside.")
    kept = sentence("The other settings are unchanged.") if good else sentence("The defaults are used instead.")
    told = sentence(
        "The settings file {path}: {problems}. {where} {kept}",
        path=path,
        problems=joined(problems, "; "),
        where=where,
        kept=kept,
    )
    if aside is None or not good:
        return [told]
    try:
        write_file(path, good)
    except ConfigError as exc:
        return [told, str(exc)]
    return [told]
