"""Every text of the windows is translated, and there is room for longer words, also from right to left.

The windows are shown in the states of the pictures (`tests.screenshots`) in a language that does not exist.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Final

import pytest
from pydantic import BaseModel, SecretStr
from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QCoreApplication, QEvent, QLocale, QModelIndex, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QLayout,
    QLineEdit,
    QMenu,
    QSpinBox,
    QWidget,
)

from connector_gui.core.settings import Settings
from connector_gui.ui import words
from connector_gui.ui.theme import Theme
from connector_gui.ui.widgets.elided_label import ElidedLabel
from tests import screenshots
from tests.fakes import activity, desk_views, history, status
from tests.fakes.pseudo_translation import CLOSE, OPEN, PseudoTranslation, speaking

DRAWN: Final = {
    "cards": screenshots.draw_cards,
    "panels": screenshots.draw_panels,
    "settings": screenshots.draw_settings,
    "setup": screenshots.draw_setup,
    "presence menu": screenshots.draw_presence_menu,
    "status": screenshots.draw_status,
    "activity": screenshots.draw_activity,
    "history": screenshots.draw_history,
}
OWN_NAMES: Final = frozenset({"Agent Connector", "English", "Deutsch", "Español"})
"""Names are the same in every language; a language is called as its speakers call it."""
EXAMPLES: Final = frozenset({"60/minute", "desk.example.org", "n8n.example.org"})
"""What may be typed into a field; the program reads it in no other language."""
ENVIRONMENT: Final = frozenset(name.upper() for name in Settings.model_fields)
_KEYS: Final = re.compile(r"(?:(?:Ctrl|Alt|Shift|Meta|Super)\+)+\S+|Esc|Return|Del|F\d+|PgUp|PgDown|Home|End|Space")
_CODE: Final = re.compile(r"https?://\S+|[A-Z][A-Z0-9]*_[A-Z0-9_]*|\b(?:HOST|PORT|LINES|PRACTICE)\b|[a-z]+_[a-z_]+")
_BETWEEN: Final = re.compile(r"[·,;:\n()\u2066-\u2069“”…✓✕▾×#]|\s[–/]\s|~")
_LOCALE: Final = QLocale(QLocale.Language.English)
_DATES: Final = re.compile(
    "|".join(
        [
            *(_LOCALE.dayName(day) for day in range(1, 8)),
            *(rf"\d* ?{_LOCALE.monthName(month)}(?: \d+)?" for month in range(1, 13)),
        ]
    )
)
"""Qt writes dates as the system does, without a translator."""
_BRACKETED: Final = re.compile(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}")
LONGEST_WALK: Final = 12


def strings(value: object, depth: int = 0) -> Iterator[str]:
    """All texts in *value*, however deep."""
    if depth > LONGEST_WALK or value is None:
        return
    if isinstance(value, Enum | bool | int | float):
        return
    if isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif isinstance(value, str):
        yield value
        yield re.sub(r"[_-]", " ", value).lower()  # as the names of metadata are shown
    elif isinstance(value, BaseModel):
        yield from strings(dict(value), depth + 1)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from strings(getattr(value, field.name), depth + 1)
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from strings(name, depth + 1)
            yield from strings(one, depth + 1)
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from strings(one, depth + 1)


@pytest.fixture(scope="module")
def told() -> str:
    """What the pictures' callers, agents, devices and services are called and say: it is nobody's to translate."""
    shown: list[object] = [screenshots.PANELS, screenshots.CARDS, screenshots.PLAYED, screenshots.CHECKED]
    shown += [one for name, one in vars(screenshots).items() if name.isupper()]
    shown += [status.well(), status.ill(), status.ABOUT, activity.activity(), history.AGENTS]
    calls = [history.made(number, desk_views.NOW, per_day=8) for number in range(60)]
    shown += [calls, [re.sub("[\u2066-\u2069]", "", words.caller(call, 9)).split(" · ") for call in calls]]
    shown += ["USB headset", "Built-in microphone", "Built-in speakers", "Built-in Audio", "Jabra Evolve 65", "HDMI"]
    shown += ["default", "coffee", "Set by LOG_LEVEL in the environment", "The keyring is locked. Unlock it"]
    shown += ["then try again.", "The key works. 3 agents found", "/home/mara/.local/share/agent-connector"]
    return "\n".join(strings(shown))


def untranslated(text: str, told: str) -> list[str]:
    """The parts of *text* that are in English though they are not from outside."""
    rest = re.sub(r"<[^<>]+>", " ", text)
    while OPEN in rest:
        shorter = _BRACKETED.sub("\n", rest)
        if shorter == rest:  # what was cut: the end of it is not there
            shorter = rest.partition(OPEN)[0]
        rest = shorter
    rest = _CODE.sub(" ", _KEYS.sub(" ", rest.replace("&", "")))
    parts = (" ".join(part.split()).strip(" .") for part in _BETWEEN.split(_DATES.sub(" ", rest)))
    known = OWN_NAMES | EXAMPLES | ENVIRONMENT
    return [part for part in parts if re.search(r"[^\W\d_]{2,}", part) and part not in known and part not in told]


def read(window: QWidget) -> Iterator[tuple[str, str]]:
    """Everything that can be read in *window*, by eye or by a screen reader, with what says it."""
    for widget in (window, *window.findChildren(QWidget)):
        if not widget.isVisible() and not isinstance(widget, QMenu):
            continue
        where = f"{type(widget).__name__} {widget.objectName()}"
        yield where, widget.toolTip()
        yield where, widget.accessibleName()
        yield where, widget.accessibleDescription()
        if widget.isWindow():
            yield where, widget.windowTitle()
        yield from ((where, text) for text in _own_texts(widget))
    for action in window.findChildren(QAction):
        if action.isVisible():
            yield "action", action.text()
            if action.toolTip() != action.text().replace("&", ""):
                yield "action's tip", action.toolTip()


def _own_texts(widget: QWidget) -> Iterator[str]:
    match widget:
        case QLabel() | QAbstractButton():
            yield widget.text()
        case QLineEdit():
            yield widget.placeholderText()
            if widget.isReadOnly() or not widget.isEnabled():
                yield widget.text()
        case QComboBox():
            yield from (widget.itemText(place) for place in range(widget.count()))
        case QSpinBox() | QDoubleSpinBox():
            yield widget.suffix()
            yield widget.specialValueText()
        case QAbstractItemView():
            yield from _rows(widget)


def _rows(view: QAbstractItemView) -> Iterator[str]:
    model = view.model()
    if model is None:
        return
    roles = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole)
    for row in range(min(model.rowCount(QModelIndex()), 40)):
        for column in range(_columns(model)):
            found = (model.index(row, column).data(role) for role in roles)
            yield from (text for text in found if isinstance(text, str))
    for column in range(_columns(model)):
        title = model.headerData(column, Qt.Orientation.Horizontal)
        yield from [title] if isinstance(title, str) else []


def _columns(model: QAbstractItemModel) -> int:
    # A list's has one, and its own method is not for everybody to call.
    return 1 if isinstance(model, QAbstractListModel) else model.columnCount(QModelIndex())


class Looker:
    """Goes through the states of the pictures and looks at each window instead of drawing it."""

    def __init__(self, look: Callable[[QWidget], None]) -> None:
        self._look = look
        self._of_others = QApplication.topLevelWidgets()
        """What tests before this one have not let go of yet."""
        self.looks = 0

    def settle(self, _seconds: float = 0.0) -> None:
        """The windows are in a state: look at those that are there."""
        for _ in range(3):
            QCoreApplication.processEvents()
        for window in QApplication.topLevelWidgets():
            is_of_others = any(window is other for other in self._of_others)
            if not is_of_others and (window.isVisible() or isinstance(window, QMenu)):
                self.looks += 1
                self._look(window)


def go_through(
    name: str, theme: Theme, folder: Path, look: Callable[[QWidget], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    looker = Looker(look)
    monkeypatch.setattr(screenshots, "settle", looker.settle)
    monkeypatch.setattr(screenshots, "save", lambda _image, _path: looker.settle())
    DRAWN[name](theme, folder, "pseudo")
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert looker.looks


@pytest.mark.parametrize("name", DRAWN)
def test_every_text_of_the_windows_is_translated(
    name: str, theme: Theme, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    english: set[tuple[str, str]] = set()

    def look(window: QWidget) -> None:
        for where, text in read(window):
            english.update((where, part) for part in untranslated(text, told))

    with speaking(PseudoTranslation()):
        go_through(name, theme, tmp_path, look, monkeypatch)
    assert not english, "in English: " + "\n".join(f"{where}: {text!r}" for where, text in sorted(english))


def test_words_in_english_are_found(told: str) -> None:
    english = PseudoTranslation().translate("", "Ringing · {agent}").format(agent="Billing Agent")
    assert untranslated(english, told) == []
    assert untranslated(f"{english} · Ringing", told) == ["Ringing"]
    assert untranslated("Call again", told) == ["Call again"]


@pytest.mark.parametrize("name", DRAWN)
def test_longer_words_from_right_to_left_have_room(
    name: str, theme: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults: set[str] = set()

    def look(window: QWidget) -> None:
        assert window.layoutDirection() is Qt.LayoutDirection.RightToLeft
        for widget in window.findChildren(QWidget):
            if widget.isVisible():
                faults.update(cut(widget))
                faults.update(overlaps(widget))

    with speaking(PseudoTranslation(is_arabic=True), is_right_to_left=True):
        go_through(name, theme, tmp_path, look, monkeypatch)
    assert not faults, "\n".join(sorted(faults))


def cut(widget: QWidget) -> Iterator[str]:
    """Words that *widget* has no room for."""
    if isinstance(widget, ElidedLabel) or not isinstance(widget, QLabel | QAbstractButton) or not widget.text():
        return
    where = f"{type(widget).__name__} {widget.text()[:60]!r}"
    if isinstance(widget, QLabel) and widget.wordWrap():
        needed = widget.heightForWidth(widget.width())
        if needed > widget.height() + 1:
            yield f"{where} is {widget.height()} px high and needs {needed}"
    elif widget.width() + 1 < widget.minimumSizeHint().width():
        yield f"{where} is {widget.width()} px wide and needs {widget.minimumSizeHint().width()}"


def overlaps(widget: QWidget) -> Iterator[str]:
    """Widgets of one layout that lie on each other."""
    layout = widget.layout()
    if layout is None:
        return
    placed = [one for one in _placed(layout) if one.isVisible() and one.parentWidget() is widget]
    for number, one in enumerate(placed):
        for other in placed[:number]:
            if one.geometry().intersects(other.geometry()):
                yield f"{type(one).__name__} and {type(other).__name__} of {type(widget).__name__} overlap"


def _placed(layout: QLayout) -> Iterator[QWidget]:
    for place in range(layout.count()):
        item = layout.itemAt(place)
        if item is None:
            continue
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            yield widget
        elif inner is not None:
            yield from _placed(inner)
