"""Whether the program starts when the operator logs in: one entry in the place that each system has for it.

    Linux    $XDG_CONFIG_HOME/autostart/agent-connector.desktop    (XDG autostart)
    Windows  HKEY_CURRENT_USER\\…\\CurrentVersion\\Run, value AgentConnector
    macOS    ~/Library/LaunchAgents/org.agent-connector.plist

Other settings of the system may switch an entry off again (a desktop's list of autostarts, the task manager): that
counts as off here, and switching on here undoes it.

An entry outlives a program that is moved, or put in another place by a newer version: the next start from there makes
it anew. One whose program is still there is left alone, as it may be another installation's.
"""

from __future__ import annotations

import os
import plistlib
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol
from xml.parsers.expat import ExpatError

from connector_gui.core.errors import ConfigError
from connector_gui.core.sentence import sentence

AT_LOGIN: Final = "--at-login"
"""Tells a start that nobody asked for: no window, and patience with the tray."""

ENTRY: Final = "agent-connector.desktop"
LABEL: Final = "org.agent-connector"
RUN_VALUE: Final = "AgentConnector"
RUN_KEY: Final = r"Software\Microsoft\Windows\CurrentVersion\Run"
APPROVED_KEY: Final = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"

# Desktop Entry Specification 1.5, “The Exec key”.
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "s": " "}
_RESERVED: Final = frozenset(" \t\n\"'\\><~|&;$*?#()`")


def _failure(error: OSError) -> str:
    return sentence("Start at login could not be changed ({reason}).", reason=error.strerror or type(error).__name__)


class Autostart(Protocol):
    """The entry for one program. All methods block for the time of a small file."""

    def is_on(self) -> bool:
        """The program starts at login."""

    def switch(self, *, is_on: bool) -> None:
        """Let it start at login from now on, or no longer.

        Raises:
            ConfigError: The system refuses; says why.
        """

    def renew(self) -> bool:
        """Let an entry that is on, and starts a program that is gone, start this one; whether it was such an entry.

        Raises:
            ConfigError: The system refuses; says why.
        """


def own_command(data_dir: Path | None = None) -> list[str]:
    """What starts this program again; *data_dir* where it is not the usual one."""
    image = os.environ.get("APPIMAGE")
    if image:
        command = [image]
    elif getattr(sys, "frozen", False):
        command = [sys.executable]
    else:
        command = [_windowless(sys.executable), "-m", "connector_gui"]
    return command if data_dir is None else [*command, "--data-dir", str(data_dir)]


def _windowless(python: str) -> str:
    """On Windows the Python that opens no console."""
    quiet = Path(python).with_name("pythonw.exe")
    return str(quiet) if sys.platform == "win32" and quiet.exists() else python


def system_autostart(command: Sequence[str], platform: str = sys.platform) -> Autostart:
    """The entry of this system for a program started by *command*, which gets `AT_LOGIN` added."""
    command = [*command, AT_LOGIN]
    if platform == "win32":
        return RunKey(command, _Registry())
    if platform == "darwin":
        return LaunchAgent(command, Path.home() / "Library" / "LaunchAgents")
    return XdgAutostart(command, _config_home(os.environ) / "autostart")


def _config_home(env: Mapping[str, str]) -> Path:
    chosen = env.get("XDG_CONFIG_HOME", "")
    # The specification says to ignore a relative path.
    return Path(chosen) if Path(chosen).is_absolute() else Path.home() / ".config"


def _is_lost(entry: Sequence[str], command: Sequence[str]) -> bool:
    """Whether *entry* is to start what *command* starts, data folder included, by a program that is not there."""
    # Not Path.exists: that raises where a folder may not be looked into.
    if not entry or not Path(entry[0]).is_absolute() or os.path.exists(entry[0]):  # noqa: PTH110
        return False
    return _arguments(entry) == _arguments(command)


def _arguments(command: Sequence[str]) -> list[str]:
    """What the program is told; by which of its files it is started makes no difference."""
    told = list(command[1:])
    return told[2:] if told[:1] == ["-m"] else told


class XdgAutostart:
    """An entry of the Desktop Application Autostart Specification 0.5."""

    def __init__(self, command: Sequence[str], folder: Path) -> None:
        self.file = folder / ENTRY
        self._command = command

    def is_on(self) -> bool:
        text = self._read()
        off = (r"Hidden\s*=\s*true", r"X-GNOME-Autostart-enabled\s*=\s*false")
        return text is not None and not any(re.search(rf"^{line}\s*$", text, re.MULTILINE) for line in off)

    def switch(self, *, is_on: bool) -> None:
        _replace(self.file, self._entry().encode() if is_on else None)

    def renew(self) -> bool:
        is_lost = self.is_on() and _is_lost(_read_exec(self._read() or ""), self._command)
        if is_lost:
            self.switch(is_on=True)
        return is_lost

    def _read(self) -> str | None:
        try:
            return self.file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def _entry(self) -> str:
        return "\n".join((
            "[Desktop Entry]",
            "Type=Application",
            "Name=Agent Connector",
            "Comment=A desk for AI voice calls",
            # Where the program is gone (its package was removed, its image deleted) desktops pass the entry over.
            f"TryExec={_escaped(self._command[0])}",
            f"Exec={_escaped(' '.join(map(_quoted, self._command)))}",
            "Icon=agent-connector",
            "Terminal=false",
            "X-GNOME-Autostart-enabled=true",
            "",
        ))  # fmt: skip


def _quoted(argument: str) -> str:
    """*argument* as the key Exec takes it; a percent sign would be a field code."""
    argument = argument.replace("%", "%%")
    if argument and not _RESERVED & set(argument):
        return argument
    return '"' + re.sub(r'(["`$\\])', r"\\\1", argument) + '"'


def _read_exec(text: str) -> list[str]:
    """The command of a desktop entry as `_quoted` and `_escaped` wrote it; empty where there is none."""
    found = re.search(r"^Exec\s*=\s*(.*)$", text, re.MULTILINE)
    if found is None:
        return []
    value = re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), found[1])
    parts = re.findall(r'"((?:[^"\\]|\\.)*)"|([^\s"]+)', value)
    return [(re.sub(r"\\(.)", r"\1", quoted) or plain).replace("%%", "%") for quoted, plain in parts]


def _escaped(value: str) -> str:
    """*value* as a string of a desktop entry, where a backslash begins an escape."""
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")


class LaunchAgent:
    """A property list that launchd reads at login (launchd.plist(5))."""

    def __init__(self, command: Sequence[str], folder: Path) -> None:
        self.file = folder / f"{LABEL}.plist"
        self._command = command

    def is_on(self) -> bool:
        entry = self._read()
        return bool(entry.get("RunAtLoad")) and not entry.get("Disabled")

    def renew(self) -> bool:
        command = self._read().get("ProgramArguments")
        is_lost = self.is_on() and isinstance(command, list) and _is_lost([str(one) for one in command], self._command)
        if is_lost:
            self.switch(is_on=True)
        return is_lost

    def _read(self) -> dict[str, object]:
        try:
            entry = plistlib.loads(self.file.read_bytes())
        except (OSError, ValueError, ExpatError):
            return {}
        return entry if isinstance(entry, dict) else {}

    def switch(self, *, is_on: bool) -> None:
        entry = {
            "Label": LABEL,
            "ProgramArguments": list(self._command),
            "RunAtLoad": True,
            "ProcessType": "Interactive",
        }
        _replace(self.file, plistlib.dumps(entry) if is_on else None)


class Registry(Protocol):
    """The values of one key of the current user."""

    def get(self, key: str, name: str) -> str | bytes | None:
        """A value; ``None``: there is none."""

    def set(self, key: str, name: str, value: str) -> None:
        """Write a text. Raises: OSError."""

    def delete(self, key: str, name: str) -> None:
        """Take a value away. Raises: FileNotFoundError where there is none; OSError."""


class RunKey:
    """A value of the Run key; the task manager keeps beside it what the user has switched off."""

    def __init__(self, command: Sequence[str], registry: Registry) -> None:
        self._command = command
        self._registry = registry

    def is_on(self) -> bool:
        if self._registry.get(RUN_KEY, RUN_VALUE) is None:
            return False
        approved = self._registry.get(APPROVED_KEY, RUN_VALUE)
        # An odd first byte is the task manager's “Disabled”.
        return not (isinstance(approved, bytes) and approved and approved[0] & 1)

    def renew(self) -> bool:
        line = self._registry.get(RUN_KEY, RUN_VALUE)
        is_lost = self.is_on() and isinstance(line, str) and _is_lost(_read_line(line), self._command)
        if is_lost:
            self.switch(is_on=True)
        return is_lost

    def switch(self, *, is_on: bool) -> None:
        try:
            if is_on:
                self._registry.set(RUN_KEY, RUN_VALUE, _command_line(self._command))
            else:
                self._delete(RUN_KEY)
            self._delete(APPROVED_KEY)
        except OSError as error:
            raise ConfigError(_failure(error)) from error

    def _delete(self, key: str) -> None:
        with suppress(FileNotFoundError):
            self._registry.delete(key, RUN_VALUE)


def _command_line(command: Sequence[str]) -> str:
    """*command* as one line, each part in quotes: paths have spaces, and none may hold a quote."""
    return " ".join(part if part.startswith("-") else f'"{part}"' for part in command)


def _read_line(line: str) -> list[str]:
    """The parts of a line as `_command_line` writes it."""
    return [quoted or plain for quoted, plain in re.findall(r'"([^"]*)"|([^\s"]+)', line)]


class _Registry:
    """The real one, on Windows."""

    def get(self, key: str, name: str) -> str | bytes | None:
        import winreg  # only there on Windows

        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, key) as opened:  # type: ignore[attr-defined,unused-ignore]
                value = winreg.QueryValueEx(opened, name)[0]  # type: ignore[attr-defined,unused-ignore]
        except OSError:
            return None
        return value if isinstance(value, str | bytes) else None

    def set(self, key: str, name: str, value: str) -> None:
        import winreg

        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, key) as opened:  # type: ignore[attr-defined,unused-ignore]
            winreg.SetValueEx(opened, name, 0, winreg.REG_SZ, value)  # type: ignore[attr-defined,unused-ignore]

    def delete(self, key: str, name: str) -> None:
        import winreg

        access = winreg.KEY_SET_VALUE  # type: ignore[attr-defined,unused-ignore]
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, key, 0, access) as opened:  # type: ignore[attr-defined,unused-ignore]
            winreg.DeleteValue(opened, name)  # type: ignore[attr-defined,unused-ignore]


def _replace(file: Path, content: bytes | None) -> None:
    """Write *file* as a whole, or take it away.

    Raises:
        ConfigError: The system refuses.
    """
    try:
        if content is None:
            file.unlink(missing_ok=True)
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f".{file.name}.new")
        draft.write_bytes(content)
        draft.replace(file)
    except OSError as error:
        raise ConfigError(_failure(error)) from error
