"""Start at login: the entry of each system, and what switches it off elsewhere."""

from __future__ import annotations

import plistlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from connector_gui import __version__
from connector_gui.core.errors import ConfigError
from connector_gui.system.autostart import (
    APPROVED_KEY,
    RUN_KEY,
    RUN_VALUE,
    Autostart,
    LaunchAgent,
    RunKey,
    XdgAutostart,
    own_command,
    system_autostart,
)

COMMAND = [sys.executable, "-m", "connector_gui"]


class FakeRegistry:
    """A registry in memory."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str], str | bytes] = {}
        self.refusal: OSError | None = None

    def get(self, key: str, name: str) -> str | bytes | None:
        return self.values.get((key, name))

    def set(self, key: str, name: str, value: str) -> None:
        if self.refusal:
            raise self.refusal
        self.values[key, name] = value

    def delete(self, key: str, name: str) -> None:
        if (key, name) not in self.values:
            raise FileNotFoundError(2, "no such value")
        del self.values[key, name]


def entries(folder: Path, command: list[str] = COMMAND, registry: FakeRegistry | None = None) -> dict[str, Autostart]:
    return {
        "linux": XdgAutostart(command, folder / "config" / "autostart"),
        "win32": RunKey(command, registry or FakeRegistry()),
        "darwin": LaunchAgent(command, folder / "Library" / "LaunchAgents"),
    }


@pytest.mark.parametrize("platform", ["linux", "win32", "darwin"])
def test_it_is_off_then_on_then_off_again(platform: str, tmp_path: Path) -> None:
    entry = entries(tmp_path)[platform]
    assert not entry.is_on()
    for is_on in (True, True, False, False):
        entry.switch(is_on=is_on)
        assert entry.is_on() is is_on


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_a_folder_that_cannot_be_written_is_told(platform: str, tmp_path: Path) -> None:
    for name in ("config", "Library"):
        (tmp_path / name).write_text("a file where a folder should be")
    with pytest.raises(ConfigError, match="Start at login"):
        entries(tmp_path)[platform].switch(is_on=True)


@pytest.mark.parametrize("platform", ["linux", "win32", "darwin"])
class TestAProgramThatWasMoved:
    """One entry, on, for the program *old*; another of its files starts now."""

    @pytest.fixture
    def registry(self) -> FakeRegistry:
        return FakeRegistry()

    def written(self, folder: Path, registry: FakeRegistry, command: list[str], platform: str) -> Autostart:
        entry = entries(folder, command, registry)[platform]
        entry.switch(is_on=True)
        return entry

    def as_read(self, folder: Path, registry: FakeRegistry) -> str:
        """Everything that is written now."""
        files = [file.read_text() for file in sorted(folder.rglob("agent-connector.*"))]
        files += [file.read_text() for file in sorted(folder.rglob("org.*.plist"))]
        return "\n".join([*files, *map(str, registry.values.values())])

    @pytest.mark.parametrize("name", ["plain", "two words", "50 %"])
    def test_starts_from_its_new_place(self, platform: str, name: str, tmp_path: Path, registry: FakeRegistry) -> None:
        old, new = tmp_path / "old" / name, tmp_path / "new" / name
        self.written(tmp_path, registry, [str(old), "--data-dir", "/a b", "--at-login"], platform)
        entry = entries(tmp_path, [str(new), "--data-dir", "/a b", "--at-login"], registry)[platform]
        assert entry.renew()
        assert str(old.parent) not in self.as_read(tmp_path, registry)
        assert str(new.parent) in self.as_read(tmp_path, registry)
        assert entry.is_on()

    def test_or_was_a_work_tree_before(self, platform: str, tmp_path: Path, registry: FakeRegistry) -> None:
        python = str(tmp_path / "gone" / "python")
        self.written(tmp_path, registry, [python, "-m", "connector_gui", "--at-login"], platform)
        assert entries(tmp_path, [sys.executable, "--at-login"], registry)[platform].renew()

    @pytest.mark.parametrize(
        "old",
        [
            [sys.executable, "--at-login"],
            ["/gone/program", "--data-dir", "/elsewhere", "--at-login"],
            ["agent-connector", "--at-login"],
        ],
    )
    def test_one_that_is_there_or_of_another_folder_stays(
        self, platform: str, old: list[str], tmp_path: Path, registry: FakeRegistry
    ) -> None:
        self.written(tmp_path, registry, old, platform)
        before = self.as_read(tmp_path, registry)
        assert not entries(tmp_path, ["/new/program", "--at-login"], registry)[platform].renew()
        assert self.as_read(tmp_path, registry) == before

    def test_one_that_is_off_stays_off(self, platform: str, tmp_path: Path, registry: FakeRegistry) -> None:
        entry = entries(tmp_path, ["/new/program", "--at-login"], registry)[platform]
        assert not entry.renew()
        assert not entry.is_on()

    def test_one_that_was_switched_off_elsewhere_stays_off(
        self, platform: str, tmp_path: Path, registry: FakeRegistry
    ) -> None:
        self.written(tmp_path, registry, ["/gone/program", "--at-login"], platform)
        registry.values[APPROVED_KEY, RUN_VALUE] = bytes([3, 0, 0, 0])
        for file in tmp_path.rglob("*.desktop"):
            file.write_text(f"{file.read_text()}Hidden=true\n")
        for file in tmp_path.rglob("*.plist"):
            file.write_bytes(plistlib.dumps({**plistlib.loads(file.read_bytes()), "Disabled": True}))
        entry = entries(tmp_path, ["/new/program", "--at-login"], registry)[platform]
        assert not entry.renew()
        assert not entry.is_on()


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"Exec=\n", b'[Desktop Entry]\nExec="\n', b"<plist/>"])
@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_an_entry_that_makes_no_sense_is_left_alone(platform: str, content: bytes, tmp_path: Path) -> None:
    entry = entries(tmp_path)[platform]
    entry.switch(is_on=True)
    (file,) = (one for one in tmp_path.rglob("*") if one.is_file())
    file.write_bytes(content)
    assert not entry.renew()
    assert file.read_bytes() == content


class TestLinux:
    def test_the_entry_is_a_valid_one_where_the_system_looks(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
        system_autostart(COMMAND, "linux").switch(is_on=True)
        text = (tmp_path / "autostart" / "agent-connector.desktop").read_text()
        assert text.startswith("[Desktop Entry]\nType=Application\nName=Agent Connector\n")
        assert "-m connector_gui --at-login\n" in text

    def test_a_relative_config_home_is_ignored(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XDG_CONFIG_HOME", "here")
        monkeypatch.setenv("HOME", str(tmp_path))
        system_autostart(COMMAND, "linux").switch(is_on=True)
        assert (tmp_path / ".config" / "autostart" / "agent-connector.desktop").exists()

    @pytest.mark.parametrize("line", ["Hidden=true", "X-GNOME-Autostart-enabled=false"])
    def test_what_the_desktop_switched_off_is_off(self, line: str, tmp_path: Path) -> None:
        entry = XdgAutostart(COMMAND, tmp_path)
        entry.switch(is_on=True)
        kept = [one for one in entry.file.read_text().splitlines() if not one.startswith("X-GNOME")]
        entry.file.write_text("\n".join([*kept, line, ""]))
        assert not entry.is_on()
        entry.switch(is_on=True)
        assert entry.is_on()

    @pytest.mark.parametrize(
        "argument", ["plain", "two words", 'a"quote', "back\\slash", "50 %", "%u", "do$lar `tick`", "dash-é"]
    )
    def test_any_path_survives_the_entry(self, argument: str, tmp_path: Path) -> None:
        entry = XdgAutostart([sys.executable, argument], tmp_path)
        entry.switch(is_on=True)
        assert parsed_exec(entry.file) == [sys.executable, argument]

    @pytest.mark.parametrize("name", ["plain", "two words", "50 %", "back\\slash", 'a"quote'])
    def test_a_program_that_is_gone_is_passed_over(self, name: str, tmp_path: Path) -> None:
        program = tmp_path / name
        program.touch(mode=0o755)
        entry = XdgAutostart([str(program), "--at-login"], tmp_path)
        entry.switch(is_on=True)
        lines = entry.file.read_text().splitlines()
        tried = next(line.removeprefix("TryExec=") for line in lines if line.startswith("TryExec="))
        # A string of the specification: escaped, and neither quoted nor with field codes, unlike Exec.
        assert Path(tried.replace("\\\\", "\\")) == program

    def test_the_entry_starts_this_program(self, tmp_path: Path) -> None:
        entry = XdgAutostart([*own_command(), "--version"], tmp_path)
        entry.switch(is_on=True)
        ran = subprocess.run(parsed_exec(entry.file), capture_output=True, text=True, timeout=60, check=True)
        assert ran.stdout == f"agent-connector {__version__}\n"


def parsed_exec(file: Path) -> list[str]:
    """The arguments of the entry's command, read by the specification, not by what wrote it."""
    value = next(line.removeprefix("Exec=") for line in file.read_text().splitlines() if line.startswith("Exec="))
    value = re.sub(r"\\(.)", lambda m: {"s": " ", "n": "\n", "t": "\t", "\\": "\\"}[m[1]], value)
    arguments = []
    for quoted, plain in re.findall(r'"((?:[^"\\]|\\.)*)"|([^ "]+)', value):
        argument = re.sub(r"\\(.)", r"\1", quoted) if quoted else plain
        assert "%" not in argument.replace("%%", ""), "a field code"
        arguments.append(argument.replace("%%", "%"))
    return arguments


class TestWindows:
    def test_each_path_stands_in_quotes(self) -> None:
        registry = FakeRegistry()
        RunKey([r"C:\Program Files\Agent Connector\agent.exe", "--data-dir", r"D:\a b"], registry).switch(is_on=True)
        expected = r'"C:\Program Files\Agent Connector\agent.exe" --data-dir "D:\a b"'
        assert registry.values == {(RUN_KEY, RUN_VALUE): expected}

    def test_what_the_task_manager_switched_off_is_off_until_switched_on_here(self) -> None:
        registry = FakeRegistry()
        entry = RunKey(COMMAND, registry)
        entry.switch(is_on=True)
        registry.values[APPROVED_KEY, RUN_VALUE] = bytes([3, 0, 0, 0])
        assert not entry.is_on()
        entry.switch(is_on=True)
        assert entry.is_on()

    def test_switched_off_here_nothing_is_left_behind(self) -> None:
        registry = FakeRegistry()
        entry = RunKey(COMMAND, registry)
        entry.switch(is_on=True)
        registry.values[APPROVED_KEY, RUN_VALUE] = bytes([3, 0, 0, 0])
        entry.switch(is_on=False)
        assert registry.values == {}

    def test_a_refusal_is_told_in_words(self) -> None:
        registry = FakeRegistry()
        registry.refusal = PermissionError(13, "Access is denied")
        with pytest.raises(ConfigError, match="Access is denied"):
            RunKey(COMMAND, registry).switch(is_on=True)


class TestMac:
    def test_launchd_is_given_the_command(self, tmp_path: Path) -> None:
        entry = LaunchAgent([*COMMAND, "--data-dir", "/tmp/a b"], tmp_path)
        entry.switch(is_on=True)
        read = plistlib.loads(entry.file.read_bytes())
        assert read["ProgramArguments"] == [*COMMAND, "--data-dir", "/tmp/a b"]
        assert read["RunAtLoad"] is True

    def test_a_damaged_or_disabled_list_is_off(self, tmp_path: Path) -> None:
        entry = LaunchAgent(COMMAND, tmp_path)
        entry.file.write_bytes(b"<plist")
        assert not entry.is_on()
        entry.file.write_bytes(plistlib.dumps({"RunAtLoad": True, "Disabled": True}))
        assert not entry.is_on()


class TestCommand:
    def test_a_work_tree_is_started_by_its_python(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("APPIMAGE", raising=False)
        assert own_command() == COMMAND

    def test_an_image_starts_itself(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("APPIMAGE", "/opt/Agent Connector.AppImage")
        assert own_command(Path("/data")) == ["/opt/Agent Connector.AppImage", "--data-dir", "/data"]

    def test_a_frozen_program_starts_itself(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("APPIMAGE", raising=False)
        monkeypatch.setattr(sys, "frozen", True, raising=False)
        assert own_command() == [sys.executable]
