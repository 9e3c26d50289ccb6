"""Plugging virtual microphones and speakers in and out, also while they are in use.

A device is a null sink of the sound server:

- microphone NAME: sink ``NAME.room`` (what is played there is what the microphone hears) and source
  NAME, a remap of that sink's monitor; so it is a source in its own right, as a real one is;
- speaker NAME: sink NAME; tests listen at ``NAME.monitor``.

All run at 48 kHz, as most real devices do. One file per device in ``RIG_AUDIO_DIR/devices`` holds its
kind and the numbers of its modules. Each function takes the environment of a sound server; left out,
it is that of this process.
"""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from tests.rig.background import RigError

MICROPHONE: Final = "virtual_mic"
SPEAKER: Final = "virtual_speaker"

Env = Mapping[str, str]

# Without norewinds the clock of an unused null sink ticks every 2 s, and the first program to open it
# waits that long for its first sample.
_NULL_SINK: Final = ("load-module", "module-null-sink", "rate=48000", "norewinds=1")


def plug_mic(
    name: str = MICROPHONE, *, env: Env | None = None, room: str | None = None, is_default: bool = True
) -> None:
    """Add a microphone.

    Args:
        room: Another microphone, in whose room it hears the same; one of its own where left out.
        is_default: Make it the default one.

    Raises:
        RigError: It is there already, or there is no sound server.
    """
    record = _new_record(name, env)
    modules = []
    if room is None:
        modules.append(_pactl(env, *_NULL_SINK, "channels=1", "channel_map=mono", *_named("sink", f"{name}.room")))
    master = f"master={room or name}.room.monitor"
    modules.insert(0, _pactl(env, "load-module", "module-remap-source", master, *_named("source", name)))
    record.write_text("\n".join(["mic", *modules, ""]), encoding="utf-8")
    write_alsa_configuration(env)
    if is_default:
        _pactl(env, "set-default-source", name)


def plug_speaker(name: str = SPEAKER, *, env: Env | None = None, is_default: bool = True) -> None:
    """Add a speaker, as the default one unless told otherwise.

    Raises:
        RigError: It is there already, or there is no sound server.
    """
    record = _new_record(name, env)
    sink = _pactl(env, *_NULL_SINK, "channels=2", *_named("sink", name))
    record.write_text(f"speaker\n{sink}\n", encoding="utf-8")
    write_alsa_configuration(env)
    if is_default:
        _pactl(env, "set-default-sink", name)


def unplug(name: str, *, move: bool = False, env: Env | None = None) -> None:
    """Take a device away.

    Streams on it die, as where no sound server steps in. With *move* the server moves them to another
    device, as it does on a Linux desktop.

    Raises:
        RigError: It is not plugged in.
    """
    record = _folder(env) / name
    if not record.exists():
        raise RigError(f"{name} is not plugged in")
    kind, *modules = record.read_text(encoding="utf-8").split()
    if not move:
        _end_streams(name, kind, env)
    if kind == "speaker" and _pactl(env, "get-default-sink") == name:
        _pactl(env, "set-default-sink", _other_speaker(name, env))
    for module in modules:
        _pactl(env, "unload-module", module)
    record.unlink()
    write_alsa_configuration(env)


def write_alsa_configuration(env: Env | None = None) -> None:
    """Name each device to ALSA, which is where PortAudio looks.

    ``asym`` with one side only makes a device input-only or output-only; ``default`` follows the
    server's default devices, as on a desktop.
    """
    lines = ["</usr/share/alsa/alsa.conf>"]
    for name, kind in _plugged_in(env):
        side = "capture" if kind == "mic" else "playback"
        device = f'{side}.pcm {{ type pulse device "{name}" }}'
        lines.append(f'pcm.{name} {{ type asym  {device}  hint {{ show on description "{name}" }} }}')
    lines.append('pcm.!default { type pulse hint { show on description "Default (sound server)" } }')
    lines.append("ctl.!default { type pulse }")
    configuration = _server_folder(env) / "asound.conf"
    # Replaced in one step: a program may be reading it.
    unfinished = configuration.with_suffix(".new")
    unfinished.write_text("\n".join(lines) + "\n", encoding="utf-8")
    unfinished.replace(configuration)


def _named(kind: str, name: str) -> tuple[str, str]:
    return f"{kind}_name={name}", f"{kind}_properties=device.description={name}"


def _server_folder(env: Env | None) -> Path:
    try:
        return Path((os.environ if env is None else env)["RIG_AUDIO_DIR"])
    except KeyError:
        raise RigError("no sound server: RIG_AUDIO_DIR is not set") from None


def _folder(env: Env | None) -> Path:
    folder = _server_folder(env) / "devices"
    folder.mkdir(exist_ok=True)
    return folder


def _new_record(name: str, env: Env | None) -> Path:
    record = _folder(env) / name
    if record.exists():
        raise RigError(f"{name} is plugged in already")
    return record


def _plugged_in(env: Env | None) -> Iterator[tuple[str, str]]:
    """Name and kind (``mic`` or ``speaker``) of every device."""
    for record in sorted(_folder(env).iterdir()):
        yield record.name, record.read_text(encoding="utf-8").split()[0]


def _other_speaker(name: str, env: Env | None) -> str:
    others = (other for other, kind in _plugged_in(env) if kind == "speaker" and other != name)
    return next(others, "nowhere")


def _end_streams(name: str, kind: str, env: Env | None) -> None:
    """End the streams that programs have on a device (not the rig's own remap, which has no owner)."""
    device, stream = ("source", "source-output") if kind == "mic" else ("sink", "sink-input")
    rows = [row.split("\t") for row in _pactl(env, "list", "short", f"{device}s").splitlines()]
    number = next(row[0] for row in rows if row[1] == name)
    for row in (row.split("\t") for row in _pactl(env, "list", "short", f"{stream}s").splitlines()):
        if row[1] == number and row[2] != "-":
            _server_command(f"kill-{stream} {row[0]}", env)


def _server_command(line: str, env: Env | None) -> None:
    """The server's own command line can end a client's stream; pactl cannot."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(_server_folder(env) / "cli.sock"))
        connection.sendall(f"{line}\n".encode())
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(4096):
            pass  # until it has carried out the line and closed


def _pactl(env: Env | None, *arguments: str) -> str:
    result = subprocess.run(["pactl", *arguments], env=env, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RigError(f"pactl {' '.join(arguments)}: {result.stderr.strip()}")
    return result.stdout.strip()
