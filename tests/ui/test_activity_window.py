"""The activity window: what it shows of requests, and what stays as it is while new ones come."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from connector_gui.core.activity import Activity, ShownRequest, curl_command
from connector_gui.ui.activity.list_model import ANSWER, KEY, REQUEST, TIME
from connector_gui.ui.activity.window import ActivityWindow
from connector_gui.ui.theme import Theme
from tests.fakes.activity import REASON, activity, refused, shown
from tests.fakes.settings_dialog import Heard, texts

URL = "http://127.0.0.1:8123"
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def window(qtbot: QtBot, theme: Theme) -> Iterator[ActivityWindow]:
    made = ActivityWindow(theme)
    qtbot.addWidget(made)
    made.show_address(URL)
    made.open()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)  # shortcuts are heard there alone; a window manager takes its time
    yield made
    made.hide()


def show(window: ActivityWindow, *requests: ShownRequest, total: int | None = None, strangers: int = 0) -> None:
    window.show_activity(Activity(requests, len(requests) if total is None else total, strangers))


def numbers(window: ActivityWindow) -> list[int]:
    found = [window.rows.request(row) for row in range(window.rows.rowCount())]
    return [request.number for request in found if request is not None]


def choose(window: ActivityWindow, row: int) -> None:
    window.list.setCurrentIndex(window.rows.index(row, 0))


def chosen(window: ActivityWindow) -> int | None:
    request = window.rows.request(window.list.currentIndex().row())
    return request.number if request is not None else None


def command(window: ActivityWindow) -> str:
    return window.details.command.lines.toPlainText()


# --- the list ----------------------------------------------------------------------------------


def test_before_the_first_request_it_says_what_will_be_here_and_how_to_see_it(window: ActivityWindow) -> None:
    assert "appears here" in window.empty_text
    assert "test the webhook" in window.empty_text
    asked = Heard(window.test_requested)
    QTest.mouseClick(window.test, Qt.MouseButton.LeftButton)
    assert len(asked) == 1


def test_a_row_says_when_what_how_it_went_and_who(window: ActivityWindow) -> None:
    show(window, refused(2), shown(1, key_name=""))
    cells = [[window.rows.index(row, column).data() for column in (REQUEST, ANSWER, KEY)] for row in (0, 1)]
    plain = [[cell.strip("\u2068\u2069").replace("\u2068", "").replace("\u2069", "") for cell in row] for row in cells]
    assert plain == [
        ["POST /webhook/initiate-call", "Refused · 422", "n8n"],
        ["POST /webhook/initiate-call", "Call placed · 202", "–"],
    ]
    spoken = window.rows.index(0, TIME).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "Refused · 422" in spoken
    assert "initiate-call" in spoken


def test_how_it_went_is_a_word_and_a_shape_besides_the_colour(window: ActivityWindow) -> None:
    show(window, refused(2), shown(1))
    signs = [window.rows.index(row, ANSWER).data(Qt.ItemDataRole.DecorationRole).toImage() for row in (0, 1)]
    shapes = [sign.convertToFormat(sign.Format.Format_Alpha8) for sign in signs]
    assert shapes[0] != shapes[1]


def test_only_the_refused_ones_on_wish(window: ActivityWindow) -> None:
    show(window, refused(3), shown(2), refused(1))
    QTest.mouseClick(window.only_refused, Qt.MouseButton.LeftButton, pos=QPoint(8, window.only_refused.height() // 2))
    assert numbers(window) == [3, 1]
    assert window.count.text() == "2 of 3"
    show(window, shown(4))
    assert "None of the requests was refused" in window.empty_text
    window.only_refused.click()
    assert numbers(window) == [4]
    assert window.count.text() == "1 request(s)"


def test_more_than_are_kept_are_counted(window: ActivityWindow) -> None:
    show(window, shown(41), total=41)
    assert window.count.text() == "The last 1 of 41"


def test_requests_that_were_not_for_us_are_a_number(window: ActivityWindow) -> None:
    show(window, shown(1))
    assert not window.strangers.isVisible()
    show(window, shown(1), strangers=2)
    assert window.strangers.text().startswith("2 request(s) for host names that are not this desk's")
    assert window.strangers.isVisible()


# --- live --------------------------------------------------------------------------------------


def test_what_is_chosen_stays_chosen_while_new_ones_come_and_old_ones_go(window: ActivityWindow) -> None:
    show(window, shown(3), refused(2), shown(1))
    choose(window, 1)
    show(window, shown(5), shown(4), shown(3), refused(2))
    assert numbers(window) == [5, 4, 3, 2]
    assert chosen(window) == 2
    assert window.details.request is not None
    assert window.details.request.number == 2
    window.only_refused.click()
    assert (numbers(window), chosen(window)) == ([2], 2)
    window.only_refused.click()
    assert (numbers(window), chosen(window)) == ([5, 4, 3, 2], 2)


def test_a_request_that_is_no_longer_kept_is_no_longer_shown(window: ActivityWindow) -> None:
    show(window, shown(1))
    choose(window, 0)
    show(window, *(shown(number) for number in range(205, 5, -1)))
    assert chosen(window) is None
    assert window.none_chosen.isVisible()
    assert not window.details.isVisible()


def test_the_newest_come_into_sight_at_the_top(window: ActivityWindow) -> None:
    show(window, *(shown(number) for number in range(100, 0, -1)))
    show(window, *(shown(number) for number in range(110, 0, -1)))
    assert window.list.indexAt(QPoint(10, 5)).row() == 0


# --- one of them -------------------------------------------------------------------------------


def test_a_refusal_says_why_in_the_words_its_caller_got(window: ActivityWindow) -> None:
    show(window, refused(1))
    choose(window, 0)
    assert window.details.reason.text() == REASON
    assert window.details.answer.text() == "Refused · 422"
    facts = dict(window.details.facts.shown)
    assert facts["Code"] == "invalid_request"
    assert facts["Took"] == "0.8 ms"


def test_the_command_goes_to_the_address_of_now_with_the_placeholder(window: ActivityWindow) -> None:
    request = shown(1)
    show(window, request)
    choose(window, 0)
    assert command(window) == curl_command(request, URL)
    assert "CONNECTOR_KEY" in command(window)
    window.show_address("http://127.0.0.1:9000")
    assert "http://127.0.0.1:9000/webhook" in command(window)


def test_a_command_without_its_body_says_so(window: ActivityWindow) -> None:
    show(window, shown(2, body=None, body_bytes=9_000), refused(1, status=401, body=None, body_bytes=0))
    choose(window, 0)
    assert "(9000 bytes)" in window.details.about_body.text()
    choose(window, 1)
    assert "before its body was read" in window.details.about_body.text()


def test_a_repeat_that_would_ring_nothing_says_so(window: ActivityWindow) -> None:
    show(window, shown(3), shown(2, body='{"agent_id": "a"}'), refused(1))
    choose(window, 0)
    assert "nothing rings again" in window.details.about_body.text()
    assert "Secrets are ***" in window.details.about_body.text()
    choose(window, 1)
    assert not window.details.about_body.isVisible()
    choose(window, 2)
    assert "nothing rings again" not in window.details.about_body.text()


def test_all_lines_of_the_command_are_in_sight(window: ActivityWindow, qtbot: QtBot) -> None:
    show(window, shown(1, body='{"agent_id": "a", "metadata": {"note": "' + "long " * 60 + '"}}'))
    choose(window, 0)
    lines = window.details.command.lines
    qtbot.waitUntil(lambda: lines.verticalScrollBar().maximum() == 0)
    assert lines.document().size().height() > 6


def test_what_strangers_sent_is_plain_text_of_one_line(window: ActivityWindow) -> None:
    evil = "<b>x</b><img src=http://evil.example/>\u202egnp\n\x1b[31m"
    show(window, refused(1, path=f"/{evil}", reason=evil, key_name=evil, method="<b>X", request_id=evil))
    choose(window, 0)
    for text in texts(window):
        assert "\u202e" not in text
        assert "\x1b" not in text
    for one in window.findChildren(QLabel):
        assert one.textFormat() is Qt.TextFormat.PlainText
    tooltip = window.rows.index(0, ANSWER).data(Qt.ItemDataRole.ToolTipRole)
    assert "<b>" not in tooltip
    assert "\n" not in window.rows.index(0, REQUEST).data()


# --- by keyboard -------------------------------------------------------------------------------


def test_it_can_be_used_by_keyboard_alone(window: ActivityWindow, qtbot: QtBot) -> None:
    window.show_activity(activity())
    window.list.setFocus()
    QTest.keyClick(window.list, Qt.Key.Key_Down)
    first = chosen(window)
    QTest.keyClick(window.list, Qt.Key.Key_Down)
    assert chosen(window) != first
    QTest.keyClick(window.list, Qt.Key.Key_C, CONTROL)
    assert QGuiApplication.clipboard().text() == command(window)
    QTest.keyClick(window.list, Qt.Key.Key_Return)
    qtbot.waitUntil(window.details.command.lines.hasFocus)
    QTest.keyClick(window.details.command.lines, Qt.Key.Key_Tab)
    assert window.details.command.copy.hasFocus()


@pytest.mark.parametrize("key", ["escape", "close"])
def test_it_closes_by_key(window: ActivityWindow, key: str) -> None:
    if key == "escape":
        QTest.keyClick(window, Qt.Key.Key_Escape)
    else:
        QTest.keySequence(window, QKeySequence(QKeySequence.StandardKey.Close))
    assert not window.isVisible()


def test_everything_to_use_has_a_name(window: ActivityWindow) -> None:
    assert window.list.accessibleName()
    assert window.details.command.lines.accessibleName()
    assert "Copy" in window.details.command.copy.accessibleName()


# --- the test, and the window's place ----------------------------------------------------------


def test_what_came_of_the_test_is_said(window: ActivityWindow) -> None:
    window.show_testing()
    assert not window.test.isEnabled()
    window.show_test("Nothing answers.", False)
    assert (window.failed.text, window.told.text) == ("Nothing answers.", "")
    window.show_test("Listening.", True)
    assert (window.failed.text, window.told.text) == ("", "Listening.")
    assert window.test.isEnabled()


def test_it_remembers_its_place(window: ActivityWindow) -> None:
    heard = Heard(window.geometry_changed)
    window.restore(QRect(40, 50, 900, 500))
    window.hide()
    assert heard[-1].size().width() == 900
