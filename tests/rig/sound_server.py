"""A private sound server with virtual devices that PortAudio sees as separate, real ones."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import psutil

from tests.rig import devices
from tests.rig.background import Background, RigError, wait_until

# Programs find another server by these.
_FOREIGN: Final = ("PULSE_SERVER", "PULSE_CLIENTCONFIG", "PULSE_SINK", "PULSE_SOURCE")

# `nowhere` is the default while no speaker is plugged in: the server would choose by itself,
# at worst a microphone's room.
_SERVER_SCRIPT: Final = """\
.fail
load-module module-native-protocol-unix auth-anonymous=1 socket={folder}/pulse.sock
load-module module-cli-protocol-unix socket={folder}/cli.sock
load-module module-null-sink sink_name=nowhere norewinds=1 sink_properties=device.description=nowhere
"""


@contextmanager
def sound_server(*, plugged_in: bool = True, base: Mapping[str, str] | None = None) -> Iterator[dict[str, str]]:
    """Run a sound server; yield the environment for programs that are to use it.

    It is *base* (the environment of this process when left out) with ``PULSE_SERVER``,
    ``PULSE_CLIENTCONFIG``, ``ALSA_CONFIG_PATH`` (how PortAudio comes to list each device) and
    ``RIG_AUDIO_DIR`` (its folder; the log is in it). With *plugged_in* there are one microphone,
    ``virtual_mic``, and one speaker, ``virtual_speaker``; without, there is no device at all.

    Raises:
        RigError: The server did not come up; the end of its log is in the message.
    """
    folder = Path(tempfile.mkdtemp(prefix="rig-sound."))
    inherited = {name: value for name, value in (os.environ if base is None else base).items() if name not in _FOREIGN}
    env = {
        **inherited,
        "RIG_AUDIO_DIR": str(folder),
        "PULSE_SERVER": f"unix:{folder}/pulse.sock",
        "PULSE_CLIENTCONFIG": str(folder / "client.conf"),
        "ALSA_CONFIG_PATH": str(folder / "asound.conf"),
    }
    try:
        with Background(folder) as background:
            _start(background, folder, inherited)
            _wait(background, env)
            devices.write_alsa_configuration(env)
            if plugged_in:
                devices.plug_mic(env=env)
                devices.plug_speaker(env=env)
            yield env
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def restart(env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Kill the sound server of *env* (of this process when left out), start it anew and plug its devices in again.

    Returns:
        The new server, which the caller ends.

    Raises:
        RigError: It is not running, or did not come up again.
    """
    env = os.environ if env is None else env
    folder = Path(env["RIG_AUDIO_DIR"])
    old = _running(folder)
    command, environment = old.cmdline(), old.environ()
    old.kill()
    old.wait(5)
    for name in ("pulse.sock", "cli.sock"):
        (folder / name).unlink(missing_ok=True)
    plugged_in = [(record.name, record.read_text(encoding="utf-8")) for record in (folder / "devices").iterdir()]
    for name, _record in plugged_in:
        (folder / "devices" / name).unlink()
    new = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: _answers(env), "the sound server", timeout_s=10)
    for name, record in plugged_in:
        plug = devices.plug_mic if record.startswith("mic") else devices.plug_speaker
        plug(name, env=env)
    return new


def _running(folder: Path) -> psutil.Process:
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if process.name() == "pulseaudio" and any(str(folder) in argument for argument in process.cmdline()):
                return process
    raise RigError("this process has no sound server to restart")


def _start(background: Background, folder: Path, inherited: Mapping[str, str]) -> None:
    script = folder / "server.pa"
    script.write_text(_SERVER_SCRIPT.format(folder=folder), encoding="utf-8")
    (folder / "client.conf").write_text("autospawn = no\n", encoding="utf-8")
    (folder / "state").mkdir()
    # Made so that the server can meet no other one: no bus, no display, no home.
    env = {name: value for name, value in inherited.items() if name not in ("DISPLAY", "DBUS_SESSION_BUS_ADDRESS")}
    env |= {
        name: str(folder / "state")
        for name in ("HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "PULSE_RUNTIME_PATH", "PULSE_STATE_PATH")
    }
    # No real-time scheduling (containers forbid it), and memory passed over the socket (/dev/shm may be small).
    options = ["--use-pid-file=no", "--exit-idle-time=-1", "--realtime=no", "--high-priority=no", "--disable-shm=yes"]
    command = ["pulseaudio", "-n", f"--file={script}", "--daemonize=no", *options]
    background.start("pulseaudio", [*command, "--log-target=stderr", "--log-level=notice"], env)


def _wait(background: Background, env: Mapping[str, str]) -> None:
    try:
        wait_until(lambda: _answers(env), "the sound server", timeout_s=10)
    except RigError as error:
        raise RigError(f"{error}; it said:\n{background.log_tail('pulseaudio')}") from None


def _answers(env: Mapping[str, str]) -> bool:
    return subprocess.run(["pactl", "info"], env=env, capture_output=True, check=False).returncode == 0
