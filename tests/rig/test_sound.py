"""The virtual devices are real to PortAudio: speech arrives, sound is heard, plugs come out."""

from __future__ import annotations

import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import sounddevice as sd

from tests.rig import (
    MICROPHONE,
    RECORDING_RATE_HZ,
    SPEAKER,
    Samples,
    SpeakerRecording,
    plug_mic,
    plug_speaker,
    record,
    sound_server,
    speak,
    start_speaking,
    synthesize,
    unplug,
    wait_until,
)

pytestmark = pytest.mark.sound

RATE_HZ = 16_000
TONE_HZ = 440.0


@pytest.fixture(autouse=True)
def fresh_device_list() -> Iterator[None]:
    """PortAudio lists the devices of the moment it was initialised; other tests plug and unplug."""
    refresh()
    yield
    refresh()


def refresh() -> None:
    sd._terminate()
    sd._initialize()


def device_names() -> set[str]:
    return {str(device["name"]) for device in sd.query_devices()}


def tone(seconds: float, rate_hz: int) -> Samples:
    times_s = np.arange(round(seconds * rate_hz)) / rate_hz
    return (10_000 * np.sin(2 * np.pi * TONE_HZ * times_s)).astype(np.int16)


def pitch_hz(samples: Samples, rate_hz: int) -> float:
    spectrum = np.abs(np.fft.rfft(samples))
    return float(np.argmax(spectrum)) * rate_hz / len(samples)


def write_wav(path: Path, samples: Samples, rate_hz: int) -> Path:
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, rate_hz, 0, "NONE", ""))
        out.writeframes(samples.tobytes())
    return path


def microphone_stream(name: str, blocks: list[Samples]) -> sd.InputStream:
    """A stream that puts every 10 ms block from the microphone *name* into *blocks*."""

    def keep(block: Samples, _frames: int, _time: object, _status: sd.CallbackFlags) -> None:
        blocks.append(block[:, 0].copy())

    return sd.InputStream(
        device=name, channels=1, samplerate=RATE_HZ, blocksize=RATE_HZ // 100, dtype="int16", callback=keep
    )


def test_the_devices_are_there_each_with_one_direction() -> None:
    devices = {device["name"]: device for device in sd.query_devices()}
    assert devices[MICROPHONE]["max_input_channels"] > 0
    assert devices[MICROPHONE]["max_output_channels"] == 0
    assert devices[SPEAKER]["max_output_channels"] > 0
    assert devices[SPEAKER]["max_input_channels"] == 0


def test_what_is_spoken_arrives_at_the_microphone(tmp_path: Path) -> None:
    spoken = write_wav(tmp_path / "tone.wav", tone(1.0, RATE_HZ), RATE_HZ)
    blocks: list[Samples] = []
    with microphone_stream(MICROPHONE, blocks):
        speak(spoken)
    heard = np.concatenate(blocks)
    loud = heard[heard != 0]
    assert len(loud) > 0.9 * RATE_HZ
    assert pitch_hz(loud[: RATE_HZ // 2], RATE_HZ) == pytest.approx(TONE_HZ, abs=5)


def test_speech_is_made_for_the_microphone(tmp_path: Path) -> None:
    path = tmp_path / "speech.wav"
    synthesize("Good morning, this is a test.", path)
    with wave.open(str(path)) as speech:
        assert speech.getnframes() > speech.getframerate()
        samples = np.frombuffer(speech.readframes(speech.getnframes()), np.int16)
    assert np.abs(samples).max() > 3000


def test_what_is_played_is_heard_at_the_speaker() -> None:
    with SpeakerRecording() as recording:
        sd.play(tone(1.0, RATE_HZ), RATE_HZ, device=SPEAKER, blocking=True)
        heard = recording.wait_for(RECORDING_RATE_HZ)
    loud = heard[heard != 0]
    assert len(loud) > 0.9 * RECORDING_RATE_HZ
    assert pitch_hz(loud[: RECORDING_RATE_HZ // 2], RECORDING_RATE_HZ) == pytest.approx(TONE_HZ, abs=5)


def test_a_recording_of_an_idle_speaker_is_silent_and_as_long_as_asked() -> None:
    heard = record(0.25)
    assert heard.shape == (RECORDING_RATE_HZ // 4,)
    assert not heard.any()


def test_a_device_that_is_plugged_in_is_listed_until_it_is_taken_away() -> None:
    plug_mic("second_mic")
    plug_speaker("second_speaker")
    refresh()
    assert {"second_mic", "second_speaker"} <= device_names()
    unplug("second_mic")
    unplug("second_speaker")
    refresh()
    assert not {"second_mic", "second_speaker"} & device_names()


def test_a_stream_dies_with_its_device() -> None:
    plug_mic("loose_mic")
    # Not through PortAudio: some versions of it spin for ever on a dead stream (its issue 1037).
    recorder = ["parec", "--device=loose_mic", "--latency-msec=10"]
    with subprocess.Popen(recorder, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as stream:
        assert stream.stdout is not None
        assert stream.stdout.read(1)
        unplug("loose_mic")
        _rest, said = stream.communicate(timeout=10)
    assert stream.returncode == 1
    assert b"killed" in said


def test_a_moved_stream_goes_on_elsewhere() -> None:
    plug_mic("loose_mic")
    refresh()
    blocks: list[Samples] = []
    with microphone_stream("loose_mic", blocks) as stream:
        unplug("loose_mic", move=True)
        before = len(blocks)
        wait_until(lambda: len(blocks) > before + 20, "more blocks")
        assert stream.active


def test_sound_can_be_ended_half_way(tmp_path: Path) -> None:
    spoken = write_wav(tmp_path / "tone.wav", tone(30.0, RATE_HZ), RATE_HZ)
    blocks: list[Samples] = []
    with microphone_stream(MICROPHONE, blocks), start_speaking(spoken) as speaking:
        wait_until(lambda: any(block.any() for block in blocks), "the first sound")
        speaking.terminate()
        wait_until(lambda: bool(blocks) and not blocks[-1].any(), "silence")


def test_a_server_without_devices_shows_none() -> None:
    look = "import sounddevice; print(*(device['name'] for device in sounddevice.query_devices()))"
    with sound_server(plugged_in=False) as env:
        listed = subprocess.run([sys.executable, "-c", look], env=env, capture_output=True, text=True, check=True)
    assert set(listed.stdout.split()) == {"pulse", "default"}
