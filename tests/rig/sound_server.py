"""A private sound server with virtual devices that PortAudio sees as separate, real ones."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

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
    def answers() -> bool:
        return subprocess.run(["pactl", "info"], env=env, capture_output=True, check=False).returncode == 0

    try:
        wait_until(answers, "the sound server", timeout_s=10)
    except RigError as error:
        raise RigError(f"{error}; it said:\n{background.log_tail('pulseaudio')}") from None
