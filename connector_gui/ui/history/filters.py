"""What the list shows: words to search for, outcomes, an agent, days."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from functools import partial
from typing import cast

from PySide6.QtCore import QDate, QEvent, QKeyCombination, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent
from PySide6.QtWidgets import QDateEdit, QHBoxLayout, QLineEdit, QMenu, QPushButton, QVBoxLayout, QWidget

from connector_gui.core.call import Outcome
from connector_gui.core.history import AgentName, HistoryFilter
from connector_gui.ui.history import words
from connector_gui.ui.plain_text import ELLIPSIS, for_other_programs, one_line
from connector_gui.ui.theme import GAP_S, Theme, set_role
from connector_gui.ui.widgets.text import label

BUTTON_CHARS = 18
"""Longer words in a button are cut: its menu has them whole."""
EXPORT_KEY = QKeyCombination(Qt.KeyboardModifier.ControlModifier, Qt.Key.Key_E)
"""The window's key, wherever in it the focus is."""


class Days(StrEnum):
    """The choices of time."""

    ANY = "any"
    TODAY = "today"
    WEEK = "week"
    MONTH = "month"
    RANGE = "range"


class FilterBar(QWidget):
    """A search field, and three buttons with menus; `changed` with every change of any."""

    changed = Signal(HistoryFilter)
    list_requested = Signal()
    """Return or an arrow in the search field: on to the list."""

    def __init__(self, theme: Theme, today: Callable[[], date], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._today = today
        self._outcomes: set[Outcome] = set()
        self._agent: AgentName | None = None
        self._days = Days.ANY
        self._is_unseen = False
        self.search = SearchField()
        self.outcomes, self.agents, self.days = QPushButton(), QPushButton(), QPushButton()
        self.missed = QPushButton(self.tr("Missed"))
        self.range = QWidget()
        self.first, self.last = QDateEdit(), QDateEdit()
        self._make_menus()
        self._lay_out(theme)
        self._join()
        self._name_buttons()

    # --- what is asked for -------------------------------------------------------------------------

    @property
    def wanted(self) -> HistoryFilter:
        """All of it as one question."""
        first, last = self._day_range()
        return HistoryFilter(
            text=self.search.text().strip(),
            outcomes=frozenset(self._outcomes),
            agent_id=self._agent.agent_id if self._agent else None,
            first_day=first,
            last_day=last,
            is_unseen=self._is_unseen,
        )

    def show_agents(self, agents: Sequence[AgentName]) -> None:
        """Offer these agents."""
        menu = self._agent_menu
        menu.clear()
        self._choice(menu, self._agent_group, self.tr("All agents"), lambda: self._set_agent(None), self._agent is None)
        menu.addSeparator()
        for agent in agents:
            name = for_other_programs(one_line(agent.name or agent.agent_id, 60))
            is_on = self._agent is not None and self._agent.agent_id == agent.agent_id
            self._choice(menu, self._agent_group, name, partial(self._set_agent, agent), is_on)

    def clear(self) -> None:
        """Ask for all calls."""
        self._outcomes.clear()
        self._agent, self._days, self._is_unseen = None, Days.ANY, False
        if self.search.text():
            self.search.clear()  # tells the rest too
        else:
            self._tell()

    # --- making ------------------------------------------------------------------------------------

    def _make_menus(self) -> None:
        outcome_menu, days_menu = QMenu(self), QMenu(self)
        self._agent_menu, self._agent_group = QMenu(self), QActionGroup(self)
        self._outcome_actions = {one: self._switch(outcome_menu, one) for one in Outcome}
        outcome_menu.addSeparator()
        self._unseen = outcome_menu.addAction(self.tr("Only missed calls not seen yet"))
        self._unseen.setCheckable(True)
        self._unseen.triggered.connect(self._set_unseen)
        group = QActionGroup(self)
        self._day_actions = {
            one: self._choice(days_menu, group, name, partial(self._set_days, one), one is Days.ANY)
            for one, name in self._day_names().items()
        }
        self.outcomes.setMenu(outcome_menu)
        self.days.setMenu(days_menu)
        self.agents.setMenu(self._agent_menu)
        self.show_agents(())

    def _day_names(self) -> dict[Days, str]:
        return {
            Days.ANY: self.tr("Any day"),
            Days.TODAY: self.tr("Today"),
            Days.WEEK: self.tr("7 days"),
            Days.MONTH: self.tr("30 days"),
            Days.RANGE: self.tr("From … to …"),
        }

    def _switch(self, menu: QMenu, outcome: Outcome) -> QAction:
        action = menu.addAction(words.outcome_word(outcome))
        action.setCheckable(True)
        action.triggered.connect(lambda is_on: self._set_outcome(outcome, is_on))
        return action

    def _choice(self, menu: QMenu, group: QActionGroup, name: str, then: Callable[[], None], is_on: bool) -> QAction:
        action = menu.addAction(name.replace("&", "&&"))
        action.setCheckable(True)
        action.setChecked(is_on)
        group.addAction(action)
        action.triggered.connect(lambda _is_on=False: then())
        return action

    def _lay_out(self, theme: Theme) -> None:
        row, dates, column = QHBoxLayout(), QHBoxLayout(self.range), QVBoxLayout(self)
        row.setSpacing(GAP_S)
        for button in (self.outcomes, self.agents, self.days):
            set_role(button, kind="plain")
            row.addWidget(button)
        set_role(self.missed, kind="plain")
        self.missed.setCheckable(True)
        row.addWidget(self.missed)
        row.addStretch(1)
        dates.setContentsMargins(0, 0, 0, 0)
        dates.setSpacing(GAP_S)
        for name, field in ((self.tr("From"), self.first), (self.tr("to"), self.last)):
            field.setCalendarPopup(True)
            field.setDate(QDate.currentDate())
            field.setAccessibleName(name)
            dates.addWidget(label(theme, name, role="muted"))
            dates.addWidget(field)
        dates.addStretch(1)
        self.range.hide()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_S)
        column.addWidget(self.search)
        column.addLayout(row)
        column.addWidget(self.range)

    def _join(self) -> None:
        self.search.textChanged.connect(self._tell)
        self.search.left.connect(self.list_requested)
        self.missed.clicked.connect(self._set_missed)
        self.first.dateChanged.connect(self._tell)
        self.last.dateChanged.connect(self._tell)

    # --- choosing ----------------------------------------------------------------------------------

    def _set_outcome(self, outcome: Outcome, is_on: bool) -> None:
        (self._outcomes.add if is_on else self._outcomes.discard)(outcome)
        self._tell()

    def _set_missed(self, is_on: bool) -> None:
        self._outcomes = {Outcome.MISSED} if is_on else set()
        self._is_unseen = False
        self._tell()

    def _set_unseen(self, is_on: bool) -> None:
        self._is_unseen = is_on
        self._tell()

    def _set_agent(self, agent: AgentName | None) -> None:
        self._agent = agent
        self._tell()

    def _set_days(self, days: Days) -> None:
        if days is Days.RANGE and self._days is not Days.RANGE:
            today = self._today()
            for field, day in ((self.first, today - timedelta(days=6)), (self.last, today)):
                field.blockSignals(True)
                field.setDate(QDate(day.year, day.month, day.day))
                field.blockSignals(False)
        self._days = days
        self._tell()

    def _day_range(self) -> tuple[date | None, date | None]:
        today = self._today()
        match self._days:
            case Days.ANY:
                return None, None
            case Days.TODAY:
                return today, today
            case Days.WEEK:
                return today - timedelta(days=6), None
            case Days.MONTH:
                return today - timedelta(days=29), None
        # Entered in the wrong order they still mean the days between them.
        first, last = sorted(_day_of(field) for field in (self.first, self.last))
        return first, last

    def _tell(self) -> None:
        self._name_buttons()
        self.changed.emit(self.wanted)

    def _name_buttons(self) -> None:
        chosen = [words.outcome_word(one) for one in Outcome if one in self._outcomes]
        if self._is_unseen:
            chosen = [self.tr("Not seen yet")]
        agent = for_other_programs(self._agent.name or self._agent.agent_id) if self._agent else ""
        day = "" if self._days is Days.ANY else self._day_names()[self._days]
        name_outcomes = chosen[0] if len(chosen) == 1 else self.tr("{n} outcomes").format(n=len(chosen))
        _name(self.outcomes, self.tr("Outcome"), name_outcomes if chosen else "")
        _name(self.agents, self.tr("Agent"), agent)
        _name(self.days, self.tr("Day"), day)
        self.missed.setChecked(self._outcomes == {Outcome.MISSED})
        self.missed.setAccessibleName(self.tr("Only missed calls"))
        self.range.setVisible(self._days is Days.RANGE)
        self._unseen.setChecked(self._is_unseen)
        for outcome, action in self._outcome_actions.items():
            action.setChecked(outcome in self._outcomes)
        self._day_actions[self._days].setChecked(True)
        for action in self._agent_group.actions()[:1]:
            if self._agent is None:
                action.setChecked(True)


class SearchField(QLineEdit):
    """A line to type words into; Return and the arrow down leave it for the list, Escape empties it."""

    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText(self.tr("Search names, details, words spoken    Ctrl+F"))
        self.setAccessibleName(self.tr("Search calls"))
        self.setClearButtonEnabled(True)
        self.setMaxLength(200)

    def event(self, event: QEvent) -> bool:
        """Leave Ctrl+E to the window: a line would take it on X11, where it is a second key for its end."""
        is_asked = isinstance(event, QKeyEvent) and event.type() is QEvent.Type.ShortcutOverride
        if is_asked and cast("QKeyEvent", event).keyCombination() == EXPORT_KEY:
            return False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down}:
            self.left.emit()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)


def _day_of(field: QDateEdit) -> date:
    shown = field.date()
    return date(shown.year(), shown.month(), shown.day())


def _name(button: QPushButton, what: str, chosen: str) -> None:
    """The button says what is chosen, or what can be; one that restricts is marked by weight and words."""
    text = one_line(chosen or what, BUTTON_CHARS)
    button.setText(f"{text.replace('&', '&&')} ▾")
    button.setAccessibleName(f"{what}: {chosen}" if chosen else what)
    button.setToolTip("" if not chosen or ELLIPSIS not in text else for_other_programs(one_line(chosen)))
    font = button.font()
    font.setBold(bool(chosen))
    button.setFont(font)
