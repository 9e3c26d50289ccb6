"""The transcript: what was said, what was corrected, what was never heard."""

from __future__ import annotations

from connector_gui.core.call_reports import AgentCorrected, AgentCutOff, AgentSaid, OperatorSaid, TurnRated
from connector_gui.core.transcript import Transcript


def test_turns_stand_in_the_order_they_began() -> None:
    transcript = Transcript()
    assert transcript.add(AgentSaid("Hello.", 410, 1)) == 0
    assert transcript.add(OperatorSaid("Hi", 4000, 2, is_final=True)) == 1
    assert [(entry.role, entry.text, entry.at_ms) for entry in transcript.entries] == [
        ("agent", "Hello.", 410),
        ("user", "Hi", 4000),
    ]


def test_a_tentative_text_is_replaced_and_gone_once_final() -> None:
    transcript = Transcript()
    assert transcript.add(OperatorSaid("Wai", 1, 2, is_final=False)) is None
    transcript.add(OperatorSaid("Wait, which", 2, 2, is_final=False))
    assert transcript.tentative_text == "Wait, which"
    transcript.add(OperatorSaid("Wait, which invoice?", 3, 2, is_final=True))
    assert transcript.tentative_text == ""
    assert [entry.text for entry in transcript.entries] == ["Wait, which invoice?"]


def test_a_correction_keeps_what_was_said_and_shows_what_was_heard() -> None:
    transcript = Transcript()
    transcript.add(AgentSaid("Hello Mara, this is the billing desk.", 410, 1))
    assert transcript.add(AgentCutOff(1, 900)) == 0
    assert transcript.add(AgentCorrected("Hello Mara, this is the billing desk.", "Hello Mara, this is", 950, 1)) == 0
    (entry,) = transcript.entries
    assert entry.text == "Hello Mara, this is"
    assert entry.said_text == "Hello Mara, this is the billing desk."
    assert entry.interrupted
    assert entry.at_ms == 410


def test_two_corrections_keep_the_first_text_as_said() -> None:
    transcript = Transcript()
    transcript.add(AgentSaid("one two three", 0, 1))
    transcript.add(AgentCorrected("one two three", "one two", 1, 1))
    transcript.add(AgentCorrected("one two", "one", 2, 1))
    assert (transcript.entries[0].text, transcript.entries[0].said_text) == ("one", "one two three")


def test_old_servers_without_ids_are_corrected_at_the_last_turn() -> None:
    transcript = Transcript()
    transcript.add(AgentSaid("First.", 0, None))
    transcript.add(AgentSaid("Second.", 5, None))
    transcript.add(AgentCutOff(3, 6))
    transcript.add(AgentCorrected("Second.", "Sec", 7, None))
    assert [(entry.text, entry.interrupted) for entry in transcript.entries] == [("First.", False), ("Sec", True)]


def test_an_interruption_does_not_mark_a_later_turn() -> None:
    transcript = Transcript()
    transcript.add(AgentSaid("Old", 0, 1))
    transcript.add(AgentSaid("New", 5, 9))
    transcript.add(AgentCutOff(1, 6))
    assert [entry.interrupted for entry in transcript.entries] == [True, False]


def test_a_repeated_text_of_one_event_stays_one_turn() -> None:
    transcript = Transcript()
    transcript.add(AgentSaid("Good", 0, 1))
    transcript.add(AgentSaid("Good day", 1, 1))
    assert [entry.text for entry in transcript.entries] == ["Good day"]


def test_a_correction_without_a_turn_is_ignored() -> None:
    assert Transcript().add(AgentCorrected("x", "y", 0, 1)) is None


def test_a_rating_stays_with_its_turn_until_it_is_taken_back() -> None:
    transcript = Transcript()
    transcript.add(AgentSaid("Hello.", 410, 1))
    transcript.add(OperatorSaid("Hi", 4000, 1, is_final=True))
    assert transcript.add(TurnRated(1, "like")) == 0
    assert transcript.add(AgentSaid("Hello, Mara.", 500, 1)) == 0
    assert [entry.rating for entry in transcript.entries] == ["like", None]
    transcript.add(TurnRated(1, None))
    assert transcript.entries[0].rating is None
    assert transcript.add(TurnRated(9, "like")) is None
