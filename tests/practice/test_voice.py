"""The shipped voice is there, is sound, and says what is written."""

from __future__ import annotations

import numpy as np
import pytest

from connector_gui.practice.voice import Sentence, samples_of, text_of, tone


@pytest.mark.parametrize("sentence", list(Sentence))
def test_every_sentence_has_a_text_and_a_voice(sentence: Sentence) -> None:
    samples = samples_of(sentence, 24_000)
    words = len(text_of(sentence).split())
    # People, and this voice, say two to four words a second.
    assert words / 4 < samples.size / 24_000 < words / 2 + 0.5
    assert 0.4 < np.abs(samples.astype(np.int32)).max() / 32_768 < 0.6


@pytest.mark.parametrize("sentence", list(Sentence))
def test_a_sentence_begins_and_ends_in_silence_without_a_click(sentence: Sentence) -> None:
    samples = np.abs(samples_of(sentence, 24_000).astype(np.int32))
    assert samples[:480].max() < 50
    assert samples[-1_200:].max() < 50


def test_a_sentence_is_as_long_at_every_rate() -> None:
    lengths_s = [samples_of(Sentence.GREETING, rate_hz).size / rate_hz for rate_hz in (8_000, 16_000, 22_050, 48_000)]
    assert max(lengths_s) - min(lengths_s) < 0.001


def test_nobody_can_change_a_sentence_that_is_kept() -> None:
    with pytest.raises(ValueError, match="read-only"):
        samples_of(Sentence.GREETING, 16_000)[0] = 1


def test_a_tone_is_a_tone() -> None:
    samples = tone(1_000, 16_000)
    spectrum = np.abs(np.fft.rfft(samples))
    assert samples.size == 16_000
    assert int(np.argmax(spectrum)) == 440
