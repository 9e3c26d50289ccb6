"""What the operator does for the agent from the panel: writes, approves tools, rates and copies turns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from connector_gui.core.call import CallState
from connector_gui.core.record import TranscriptEntry
from connector_gui.core.service import Action
from connector_gui.core.view import DeskView, Speaker
from connector_gui.ui.panel import DEAF_S, Panel
from connector_gui.ui.panel_place import DEFAULT_SIZE
from connector_gui.ui.plain_text import for_other_programs
from connector_gui.ui.theme import Theme
from connector_gui.ui.widgets.approval_card import GUARD_MS
from connector_gui.ui.widgets.call_chip import CallChip
from connector_gui.ui.widgets.round_trip_line import shares
from connector_gui.ui.widgets.say_line import ACTIVITY_S, SayLine
from tests.fakes.desk_views import (
    TOOLS,
    TRANSCRIPT,
    ended,
    held,
    idle,
    in_call,
    question,
    ringing,
    round_trips,
    talking,
)

LONG = tuple(TranscriptEntry(role="agent", text=f"Sentence {n}.", at_ms=n * 1_000, event_id=n) for n in range(60))
ALT = Qt.KeyboardModifier.AltModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


class Asked:
    """All that a panel asked for, in order."""

    def __init__(self, panel: Panel) -> None:
        self.all: list[tuple[Any, ...]] = []
        for name in ("text_entered", "typing", "approval_answered", "turn_rated", "action_requested"):
            getattr(panel, name).connect(lambda *what, name=name: self.all.append((name, *what)))

    def take(self, kind: str) -> list[tuple[Any, ...]]:
        taken = [what[1:] for what in self.all if what[0] == kind]
        self.all = [what for what in self.all if what[0] != kind]
        return taken


@pytest.fixture
def clock() -> list[float]:
    """The windows' clock, at a standstill."""
    return [161.0]


@pytest.fixture
def panel(theme: Theme, qtbot: QtBot, clock: list[float]) -> Iterator[Panel]:
    panel = Panel(theme, lambda: clock[0])
    qtbot.addWidget(panel)
    panel.resize(DEFAULT_SIZE)
    panel.show_view(in_call())
    panel.open()
    qtbot.waitUntil(panel.isActiveWindow)
    yield panel
    panel.hide()


@pytest.fixture
def asked(panel: Panel) -> Asked:
    return Asked(panel)


def write(panel: Panel, text: str) -> None:
    QTest.keyClick(panel, Qt.Key.Key_T)
    QTest.keyClicks(panel.call_page.say.field, text)


# --- writing to the agent ------------------------------------------------------------------------


def test_enter_says_it_and_alt_enter_notes_it(panel: Panel, asked: Asked) -> None:
    write(panel, "Invoice 4711")
    QTest.keyClick(panel.call_page.say.field, Qt.Key.Key_Return)
    write(panel, "Her name is Mara")
    QTest.keyClick(panel.call_page.say.field, Qt.Key.Key_Return, ALT)
    assert asked.take("text_entered") == [
        ("crm-42", "Invoice 4711", "user_message"),
        ("crm-42", "Her name is Mara", "contextual_update"),
    ]
    assert panel.call_page.say.field.text() == ""


def test_the_note_button_changes_what_enter_does(panel: Panel, asked: Asked) -> None:
    say = panel.call_page.say
    say.note.click()
    assert "silently" in say.field.placeholderText()
    write(panel, "a")
    say.send.click()
    write(panel, "b")
    QTest.keyClick(say.field, Qt.Key.Key_Enter, ALT)
    assert [(text, kind) for _, text, kind in asked.take("text_entered")] == [
        ("a", "contextual_update"),
        ("b", "user_message"),
    ]


def test_the_keys_of_the_call_are_letters_while_one_writes(panel: Panel, asked: Asked) -> None:
    write(panel, "mhrMHR t")
    assert panel.call_page.say.field.text() == "mhrMHR t"
    assert asked.take("action_requested") == []
    QTest.keyClick(panel.call_page.say.field, Qt.Key.Key_Escape)
    QTest.keyClick(panel.call_page, Qt.Key.Key_M)
    assert asked.take("action_requested") == [("crm-42", Action.MUTE)]


def test_nothing_but_spaces_is_not_sent(panel: Panel, asked: Asked) -> None:
    write(panel, "   ")
    QTest.keyClick(panel.call_page.say.field, Qt.Key.Key_Return)
    assert not panel.call_page.say.send.isEnabled()
    assert asked.take("text_entered") == []


def test_what_is_written_early_waits_for_the_agent(panel: Panel, asked: Asked) -> None:
    panel.show_view(idle(calls=(talking(CallState.CONNECTING),)))
    write(panel, "Early")
    QTest.keyClick(panel.call_page.say.field, Qt.Key.Key_Return)
    assert asked.take("text_entered") == []
    assert asked.take("typing") == []
    panel.show_view(in_call())
    QTest.keyClick(panel.call_page.say.field, Qt.Key.Key_Return)
    assert asked.take("text_entered") == [("crm-42", "Early", "user_message")]


def test_each_call_keeps_its_draft_until_it_is_over(panel: Panel) -> None:
    say = panel.call_page.say
    write(panel, "for the first")
    panel.show_view(idle(calls=(held("crm-7"),)))
    assert say.field.text() == ""
    write(panel, "for the second")
    panel.show_view(in_call())
    assert say.field.text() == "for the first"
    panel.show_view(idle(last_ended=ended()))
    panel.show_view(idle(calls=(held("crm-7"),)))
    assert say.field.text() == "for the second"
    panel.show_view(in_call())
    assert say.field.text() == ""


def test_a_call_that_ends_while_one_writes_is_not_dismissed_by_the_enter(panel: Panel, clock: list[float]) -> None:
    dismissed: list[None] = []
    panel.dismiss_requested.connect(lambda: dismissed.append(None))
    write(panel, "Wai")
    panel.show_view(idle(last_ended=ended()))
    focus = QApplication.focusWidget()
    assert focus is panel.call_page
    QTest.keyClick(focus, Qt.Key.Key_Return)
    assert dismissed == []
    clock[0] += DEAF_S
    QTest.keyClick(focus, Qt.Key.Key_Return)
    assert dismissed == [None]


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape])
def test_an_ending_is_put_away_by_a_key_at_once(panel: Panel, key: Qt.Key, qtbot: QtBot) -> None:
    QTest.mouseClick(panel.call_page.end, Qt.MouseButton.LeftButton)
    panel.show_view(idle(calls=(talking(CallState.ENDING),)))
    panel.show_view(idle(last_ended=ended()))
    focus = QApplication.focusWidget()
    assert focus is not None
    with qtbot.waitSignal(panel.dismiss_requested):
        QTest.keyClick(focus, key)


def test_a_call_that_rings_in_the_middle_of_a_word_is_not_answered_by_it(
    panel: Panel, asked: Asked, clock: list[float]
) -> None:
    write(panel, "Wai")
    panel.show_view(idle(calls=(ringing("b", until_s=200.0),)))
    for wait_s in (0.0, DEAF_S):
        clock[0] += wait_s
        focus = QApplication.focusWidget()
        assert focus is panel.ring_page
        QTest.keyClick(focus, Qt.Key.Key_Return)
        assert asked.take("action_requested") == ([("b", Action.ACCEPT)] if wait_s else [])


def test_the_agent_is_told_of_typing_now_and_then(theme: Theme, qtbot: QtBot) -> None:
    now_s = [0.0]
    line = SayLine(clock_s=lambda: now_s[0])
    qtbot.addWidget(line)
    told: list[float] = []
    line.typing.connect(lambda: told.append(now_s[0]))
    line.show_call("a", can_send=True)
    for tenth in range(40):
        now_s[0] = tenth / 10
        QTest.keyClicks(line.field, "x")
    assert told == [0.0, ACTIVITY_S, 2 * ACTIVITY_S]
    line.field.setText("not typed")
    now_s[0] = 100.0
    line.show_call("b", can_send=True)
    assert len(told) == 3


# --- tools -----------------------------------------------------------------------------------------


def test_a_tool_is_asked_about_in_plain_words_and_answered_by_a_click(panel: Panel, asked: Asked, qtbot: QtBot) -> None:
    tool = question(tool_name="<b>pay</b>\u202e", description="Pays.", arguments='{\n  "to": "<i>\u202eX"\n}')
    panel.show_view(in_call(approvals=(tool, question("t9")), tool_calls=TOOLS))
    card = panel.call_page.approval
    assert for_other_programs(card.title.text()) == "May the agent use “‹b›pay‹/b›”?"
    assert card.arguments.toPlainText() == '{\n  "to": "<i>X"\n}'
    assert card.time.text() == "Counts as refused in 00:23 · 1 more to answer"
    QTest.mouseClick(card.approve, Qt.MouseButton.LeftButton)  # what comes up under the pointer
    assert asked.take("approval_answered") == []
    qtbot.waitUntil(card.approve.isEnabled, timeout=GUARD_MS * 4)
    QTest.mouseClick(card.approve, Qt.MouseButton.LeftButton)
    QTest.mouseClick(card.refuse, Qt.MouseButton.LeftButton)
    assert asked.take("approval_answered") == [("crm-42", "t2", True)]
    panel.show_view(in_call(approvals=(question("t9"),), tool_calls=TOOLS))
    assert not card.refuse.isEnabled()
    qtbot.waitUntil(card.refuse.isEnabled, timeout=GUARD_MS * 4)
    card.refuse.setFocus()
    QTest.keyClick(card.refuse, Qt.Key.Key_Return)
    assert asked.take("approval_answered") == [("crm-42", "t9", False)]
    panel.show_view(in_call())
    assert not card.isVisible()
    assert QApplication.focusWidget() is panel.call_page


def test_a_question_takes_no_focus_and_brings_the_panel_up_once(panel: Panel, qtbot: QtBot) -> None:
    write(panel, "I am wri")
    panel.show_view(in_call(approvals=(question(),)))
    focus = QApplication.focusWidget()
    assert focus is not None
    QTest.keyClicks(focus, "ting")
    assert panel.call_page.say.field.text() == "I am writing"
    panel.show_view(in_call())
    panel.close()
    panel.show_view(in_call(approvals=(question("t3"),)))
    assert panel.isVisible()
    panel.close()
    panel.show_view(in_call(approvals=(question("t3"),), muted=True))
    assert not panel.isVisible()


def test_a_held_call_asks_too_and_never_under_another_calls_words(panel: Panel) -> None:
    asking = replace(held("crm-7"), approvals=(question(tool_name="pay", until_s=190.0),))
    panel.close()
    panel.show_view(idle(calls=(talking(), asking)))
    assert panel.isVisible()
    (asks,) = [chip for chip in panel.findChildren(CallChip) if "Asks you" in chip.accessibleName()]
    assert asks.isVisible()
    card = panel.call_page.approval
    panel.show_view(idle(calls=(talking(approvals=(question(tool_name="look"),)), asking)))
    assert "look" in card.title.text()
    # The same id in another call, as its page comes up.
    panel.show_view(idle(calls=(asking,)))
    assert "pay" in card.title.text()
    assert not card.approve.isEnabled()


def test_tools_stand_at_their_times_with_what_became_of_them(panel: Panel) -> None:
    panel.show_view(in_call(tool_calls=TOOLS))
    model = panel.call_page.transcript.model()
    rows = [for_other_programs(model.index(row, 0).data()) for row in range(model.rowCount())]
    assert rows[2] == "find_invoices · done"
    assert rows[-1] == "send_copy_by_post · waits for your answer"
    spoken = model.index(2, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert for_other_programs(spoken) == "Tool · 0:11: find_invoices · done"


def test_tools_alone_are_a_transcript(panel: Panel) -> None:
    panel.show_view(in_call(transcript=(), tool_calls=TOOLS[:1]))
    assert panel.call_page.transcript.isVisible()
    assert not panel.call_page.empty.isVisible()


# --- turns -------------------------------------------------------------------------------------------


def test_a_thumb_is_pressed_shown_and_taken_back(panel: Panel, asked: Asked, qtbot: QtBot) -> None:
    transcript = panel.call_page.transcript

    def press(score: str) -> None:
        place = transcript.thumb_rect(0, score).center()  # type: ignore[arg-type]
        QTest.mouseClick(transcript.viewport(), Qt.MouseButton.LeftButton, pos=place)

    transcript.verticalScrollBar().setValue(0)
    press("like")
    press("dislike")
    assert asked.take("turn_rated") == [("crm-42", 1, "like"), ("crm-42", 1, "dislike")]
    panel.show_view(in_call(transcript=(TRANSCRIPT[0].model_copy(update={"rating": "like"}), *TRANSCRIPT[1:])))
    spoken = transcript.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.startswith("Agent · 0:00 (good):")
    press("like")
    assert asked.take("turn_rated") == [("crm-42", 1, None)]


def test_only_the_agents_turns_are_rated_and_only_while_it_is_there(panel: Panel) -> None:
    transcript = panel.call_page.transcript
    assert transcript.thumb_rect(1, "like").isEmpty()
    assert not transcript.thumb_rect(2, "like").isEmpty()
    panel.show_view(idle(last_ended=ended()))
    assert transcript.thumb_rect(2, "like").isEmpty()


def test_turns_are_chosen_rated_and_copied_by_keys(panel: Panel, asked: Asked) -> None:
    transcript = panel.call_page.transcript
    transcript.setFocus()
    transcript.setCurrentIndex(transcript.model().index(0, 0))
    QTest.keyClick(transcript, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(transcript, Qt.Key.Key_C, CONTROL)
    assert QGuiApplication.clipboard().text().splitlines() == [
        "Agent · 0:00: Hello Mara, this is the billing desk. How can I help you?",
        "You · 0:06: Hi. I got a reminder, but I have paid already.",
    ]
    menu = transcript.menu_for(0)
    entries = {entry.text().replace("&", ""): entry for entry in menu.actions()}
    assert list(entries) == [
        "Copy this turn", "Copy the chosen turns", "Copy the conversation", "", "A good answer", "A bad answer",
    ]  # fmt: skip
    entries["A bad answer"].trigger()
    assert asked.take("turn_rated") == [("crm-42", 1, "dislike")]
    entries["Copy the conversation"].trigger()
    assert len(QGuiApplication.clipboard().text().splitlines()) == len(TRANSCRIPT)
    QTest.keyClick(transcript, Qt.Key.Key_M)
    assert asked.take("action_requested") == [("crm-42", Action.MUTE)]


def test_now_is_one_press_away(panel: Panel, qtbot: QtBot) -> None:
    panel.show_view(in_call(transcript=LONG))
    transcript = panel.call_page.transcript
    qtbot.waitUntil(lambda: transcript.is_at_end)
    assert not transcript.jump.isVisible()
    transcript.verticalScrollBar().setValue(0)
    assert transcript.jump.isVisible()
    assert transcript.viewport().geometry().contains(transcript.jump.geometry())
    panel.show_view(in_call(transcript=(*LONG, *TRANSCRIPT)))
    assert transcript.verticalScrollBar().value() == 0
    QTest.mouseClick(transcript.jump, Qt.MouseButton.LeftButton)
    assert transcript.is_at_end
    assert not transcript.jump.isVisible()
    assert transcript.childAt(QPoint(5, 5)) is not transcript.jump


# --- devices ---------------------------------------------------------------------------------------


def test_devices_are_chosen_in_place_and_the_one_in_use_is_marked(panel: Panel, qtbot: QtBot) -> None:
    chosen: list[tuple[str, str]] = []
    panel.microphone_chosen.connect(lambda name: chosen.append(("microphone", name)))
    panel.speaker_chosen.connect(lambda name: chosen.append(("speaker", name)))
    panel.show_view(idle(calls=(talking(input_device="Desk & mic", output_device="Headset"),)))
    menu = panel.call_page.device_menu
    with qtbot.waitSignal(panel.devices_wanted):
        QTest.mouseClick(panel.call_page.devices, Qt.MouseButton.LeftButton)
    assert menu.isVisible()
    panel.show_devices(["Desk & mic", "Headset"], ["Headset", "Speakers"])
    microphones, speakers = menu.choices
    default = ("System default", False)
    shown_microphones = [(entry.text(), entry.isChecked()) for entry in microphones]
    assert shown_microphones == [default, ("Desk && mic", True), ("Headset", False)]
    shown_speakers = [(entry.text(), entry.isChecked()) for entry in speakers]
    assert shown_speakers == [default, ("Headset", True), ("Speakers", False)]
    for _key in range(3):
        QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    speakers[2].trigger()
    speakers[0].trigger()
    assert chosen == [("microphone", "Headset"), ("speaker", "Speakers"), ("speaker", "")]
    panel.show_view(idle(calls=(talking(input_device="Headset", output_device="Bluetooth"),)))
    microphones, speakers = menu.choices
    assert [entry.isChecked() for entry in microphones] == [False, False, True]
    assert (speakers[1].text(), speakers[1].isChecked()) == ("Bluetooth", True)


def test_the_systems_default_is_marked_where_it_was_chosen(panel: Panel) -> None:
    call = talking(input_device="Desk & mic", output_device="Headset")
    panel.show_view(idle(calls=(call,)))
    panel.show_devices(["Desk & mic", "Other"], ["Headset"])
    menu = panel.call_page.device_menu
    menu.show_choice(True, False)
    microphones, speakers = menu.choices
    microphones[2].trigger()
    menu.show_choice(True, False)  # opened again: it could not be kept
    microphones, speakers = menu.choices
    assert [(entry.text(), entry.isChecked()) for entry in microphones] == [
        ("System default (Desk && mic)", True),
        ("Desk && mic", False),
        ("Other", False),
    ]
    assert [(entry.text(), entry.isChecked()) for entry in speakers] == [("System default", False), ("Headset", True)]
    panel.show_view(idle(calls=(replace(call, line="Softphone"),)))
    microphones, _ = menu.choices
    assert [(entry.text(), entry.isChecked()) for entry in microphones[:2]] == [
        ("System default", False),
        ("Desk && mic", True),
    ]
    assert not any(entry.isEnabled() for entry in microphones)


def test_the_agents_volume_is_set_by_keys_and_follows_the_call(panel: Panel) -> None:
    asked: list[tuple[str, int]] = []
    panel.volume_chosen.connect(lambda session_id, percent: asked.append((session_id, percent)))
    slider = panel.call_page.device_menu.volume
    QTest.keyClick(slider, Qt.Key.Key_Left)
    assert asked == [("crm-42", 95)]
    panel.show_view(idle(calls=(talking(volume=40),)))
    assert slider.value() == 40
    assert len(asked) == 1


# --- the line to the agent ------------------------------------------------------------------------


def test_the_round_trip_says_what_it_means(panel: Panel) -> None:
    panel.show_view(idle(calls=(talking(round_trip_ms=480, round_trips=round_trips(40, 90, 480)),)))
    tip = panel.call_page.round_trip.toolTip()
    assert "480 ms" in tip
    assert "40 to 480 ms" in tip
    assert "Slow" in tip
    assert panel.call_page.round_trip_line.toolTip() == tip


def test_the_sparkline_spans_two_minutes_and_stays_in_its_frame() -> None:
    assert shares(()) == ()
    assert shares(round_trips(400)) == ((1.0, 1.0),)
    points = shares(round_trips(*([100] * 80), 2_000))
    assert points[0][0] == 0.0
    assert points[-1] == (1.0, 1.0)
    assert all(0 <= x <= 1 and 0 <= y <= 1 for x, y in points)


def test_a_person_who_took_over_is_named(panel: Panel) -> None:
    panel.show_view(idle(calls=(talking(is_human=True),)))
    assert panel.call_page.sign.word == "With a person"


def test_nothing_is_wider_than_the_smallest_panel(panel: Panel) -> None:
    view: DeskView = in_call(approvals=(question(),), tool_calls=TOOLS)
    panel.show_view(view)
    assert panel.minimumSizeHint().width() <= 420


# --- who writes, who is let in ----------------------------------------------------------------------


def test_somebody_who_types_is_seen_until_they_have_stopped(panel: Panel, clock: list[float]) -> None:
    page, until_s = panel.call_page, clock[0] + 5
    panel.show_view(idle(calls=(talking(types_until_s=until_s),)))
    assert page.speaking.text() == "The agent is typing…"
    panel.show_view(idle(calls=(talking(is_human=True, types_until_s=until_s),)))
    assert page.speaking.text() == "The person is typing…"
    page.show_time(until_s - 0.1)
    assert page.speaking.text() == "The person is typing…"
    page.show_time(until_s)
    assert page.speaking.text() == "Listening"
    panel.show_view(idle(calls=(talking(is_human=True, types_until_s=until_s, speaker=Speaker.AGENT),)))
    assert page.speaking.text() == "The person is speaking"


def test_a_desk_that_lets_nobody_in_says_so(panel: Panel) -> None:
    sign = panel.call_page.sign
    panel.show_view(idle(calls=(talking(),), is_busy=True))
    assert sign.accessibleName() == sign.word == "In call · busy"
    assert sign.toolTip() == sign.accessibleDescription() == "New calls are refused until a conversation is over"
    panel.show_view(in_call())
    assert (sign.word, sign.toolTip()) == ("In call", "")
    panel.show_view(idle(calls=(talking(),), is_busy=True))
    panel.show_view(idle(last_ended=ended()))
    assert sign.word == "Ended"
