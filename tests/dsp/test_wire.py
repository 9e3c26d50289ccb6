"""Every wire format of the protocol, both ways."""

from __future__ import annotations

import numpy as np
import pytest

from connector_gui.core.pcm import WIRE_FORMAT_NAMES, AudioFormat
from connector_gui.dsp import wire

PCM = AudioFormat.parse("pcm_16000")
ULAW = AudioFormat.parse("ulaw_8000")


def test_pcm_is_little_endian() -> None:
    assert wire.encode(np.array([1, -2, 0x1234], dtype=np.int16), PCM) == b"\x01\x00\xfe\xff\x34\x12"
    assert wire.decode(b"\x01\x00\xfe\xff\x34\x12", PCM).tolist() == [1, -2, 0x1234]


@pytest.mark.parametrize("name", sorted(WIRE_FORMAT_NAMES))
def test_a_hundred_ms_has_the_bytes_of_the_protocols_table(name: str) -> None:
    audio_format = AudioFormat.parse(name)
    samples = np.zeros(audio_format.frames_in(100), dtype=np.int16)
    assert len(wire.encode(samples, audio_format)) == audio_format.bytes_in(100)


def test_pcm_comes_back_bit_for_bit() -> None:
    samples = np.arange(-32_768, 32_768).astype(np.int16)
    assert np.array_equal(wire.decode(wire.encode(samples, PCM), PCM), samples)


def test_half_a_sample_at_the_end_is_dropped() -> None:
    assert wire.decode(b"\x05\x00\x07", PCM).tolist() == [5]
    assert wire.decode(b"\x05", PCM).size == 0
    assert wire.decode(b"", ULAW).size == 0


def test_decoded_samples_are_ours_to_change() -> None:
    samples = wire.decode(b"\x05\x00", PCM)
    samples[0] = 9
    assert samples.tolist() == [9]


@pytest.mark.parametrize("name", sorted(WIRE_FORMAT_NAMES))
def test_silence_decodes_to_zeros_of_the_asked_length(name: str) -> None:
    audio_format = AudioFormat.parse(name)
    decoded = wire.decode(wire.silence(audio_format, 7), audio_format)
    assert decoded.tolist() == [0] * 7
    assert wire.silence(audio_format, 7) == wire.encode(np.zeros(7, dtype=np.int16), audio_format)
