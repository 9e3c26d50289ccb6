"""G.711 µ-law against the values of the recommendation's table 2a."""

from __future__ import annotations

import numpy as np
import pytest

from connector_gui.dsp import g711

# First decoder output of each segment, ITU-T G.711 table 2a (14-bit values, so times 4 here), and the last.
SEGMENTS = {0xFF: 0, 0xEF: 33, 0xDF: 99, 0xCF: 231, 0xBF: 495, 0xAF: 1023, 0x9F: 2079, 0x8F: 4191, 0x80: 8031}


@pytest.mark.parametrize(("code", "value"), SEGMENTS.items())
def test_decodes_the_values_of_the_table(code: int, value: int) -> None:
    assert g711.decode(bytes([code])).tolist() == [4 * value]


@pytest.mark.parametrize(("code", "value"), SEGMENTS.items())
def test_negative_codes_mirror_the_positive_ones(code: int, value: int) -> None:
    assert g711.decode(bytes([code & 0x7F])).tolist() == [-4 * value]


def test_every_code_comes_back_as_itself() -> None:
    codes = bytes(range(256))
    again = g711.encode(g711.decode(codes))
    # -0 (0x7F) and +0 (0xFF) are the same sample.
    assert again == codes.replace(b"\x7f", b"\xff")


def test_every_sample_becomes_the_nearest_value_of_its_sign() -> None:
    samples = np.arange(-32_768, 32_768).astype(np.int16)
    decoded = g711.decode(g711.encode(samples)).astype(np.int32)
    error = np.abs(decoded - samples)
    # Half a step of the segment: 4 around zero, 512 in the topmost, and the clip above 32,635.
    magnitude = np.abs(samples.astype(np.int32))
    segment = np.floor(np.log2(np.minimum(magnitude, 32_635) + 132)) - 7
    assert np.all(error[magnitude <= 32_635] <= (4 * 2**segment)[magnitude <= 32_635])
    assert error.max() == 32_768 - 32_124


def test_encoding_never_turns_a_louder_sample_into_a_quieter_one() -> None:
    samples = np.arange(-32_768, 32_768).astype(np.int16)
    assert np.all(np.diff(g711.decode(g711.encode(samples)).astype(np.int32)) >= 0)


def test_silence_is_all_ones() -> None:
    assert g711.encode(np.zeros(3, dtype=np.int16)) == bytes([g711.SILENCE_BYTE] * 3) == b"\xff\xff\xff"


def test_speech_keeps_more_than_35_db_over_its_quantising_noise() -> None:
    # G.712 asks for 33 dB at -10 dBm0 or louder; the codec alone reaches about 38 dB.
    time_s = np.arange(8_000) / 8_000
    tone = np.round(10_000 * np.sin(2 * np.pi * 1_004 * time_s)).astype(np.int16)
    noise = g711.decode(g711.encode(tone)).astype(float) - tone
    assert 10 * np.log10(np.mean(tone.astype(float) ** 2) / np.mean(noise**2)) > 35
