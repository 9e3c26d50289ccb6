"""Lines: pairs of devices that calls can run on beside the operator's own, and the rules that lead calls there.

All of them are one setting. It is applied as soon as what was edited can be: a new line once it has a name and both
devices; while a line is filled in wrongly, the way it was last saved holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from PySide6.QtWidgets import QVBoxLayout, QWidget

from connector_gui.core.line_setting import MOST_LINES, apart_from_desk, lines_as_json, parse_lines
from connector_gui.core.lines import LineSettings
from connector_gui.ui.settings_pages.device_trials import DeviceTrials
from connector_gui.ui.settings_pages.line_card import LineCard
from connector_gui.ui.settings_pages.page import button, buttons
from connector_gui.ui.settings_pages.schema import ShownSettings
from connector_gui.ui.theme import GAP_M, TextSize, Theme
from connector_gui.ui.translation import shown as in_words
from connector_gui.ui.widgets.meter import LevelMeter
from connector_gui.ui.widgets.text import label

NAME: Final = "lines"


class LinesPage(DeviceTrials):
    """A card per line, in the order in which calls take them."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._shown: ShownSettings | None = None
        self._asked: list[dict[LineCard, LineSettings]] = []
        """What was asked for and is not answered yet, oldest first."""
        self._tried: LineCard | None = None
        self._devices: tuple[Sequence[str], Sequence[str]] | None = None
        self.cards: list[LineCard] = []
        self.add_title(self.tr("Lines"))
        words = self.tr(
            "A line is a microphone and a speaker of its own, such as virtual cables into a softphone or a conference. "
            "A call on a line runs beside yours: your microphone and your speaker are not needed for it."
        )
        self.add(label(theme, words, role="muted", wraps=True))
        self.fixed = label(theme, size=TextSize.LABEL, semibold=True, wraps=True)
        self.wrong = label(theme, size=TextSize.LABEL, role="error", wraps=True)
        self.one_place = label(theme, size=TextSize.LABEL, role="ring", wraps=True)
        self.one_place.setText(
            self.tr(
                "One conversation may be open at a time, so a call on a line takes the place of yours. "
                "“Open conversations” on the page Calls allows more."
            )
        )
        for one in (self.fixed, self.wrong, self.one_place):
            one.hide()
            self.add(one)
        self.add(self.problem)
        place = QWidget()
        self._place = QVBoxLayout(place)
        self._place.setContentsMargins(0, 0, 0, 0)
        self._place.setSpacing(GAP_M)
        self.add(place)
        self.add_line = button(self.tr("Add a line"))
        self.add_line.clicked.connect(self._on_add)
        self.add(buttons(self.add_line, self.refresh))
        self.set_place(NAME, self.add_line)

    # --- what is shown -------------------------------------------------------------------------

    def show_settings(self, shown: ShownSettings) -> None:
        super().show_settings(shown)
        self._shown = shown
        self.wrong.hide()
        lines = shown.settings.lines
        asked = next((asked for asked in reversed(self._asked) if tuple(asked.values()) == lines), None)
        if asked is not None:
            self._asked = self._asked[self._asked.index(asked) + 1 :]
            for card, line in asked.items():
                card.kept = line
        elif lines != tuple(card.kept for card in self.cards if card.kept is not None):
            self._asked.clear()
            self._show_lines(lines)
        words = shown.fixed.get(NAME, "")
        self.fixed.setText(words)
        self.fixed.setVisible(bool(words))
        for card in self.cards:
            card.fix(is_fixed=bool(words))
        self.one_place.setVisible(bool(lines) and shown.settings.max_concurrent_calls == 1)
        self._show_places()

    def show_problems(self, problems: Mapping[str, str]) -> None:
        super().show_problems(problems)
        problem = in_words(problems.get(NAME, ""))
        if problem:
            self._asked.clear()
        self.wrong.setText(f"{problem[:1].upper()}{problem[1:]}")
        self.wrong.setVisible(bool(problem))

    def offer_devices(self, inputs: Sequence[str], outputs: Sequence[str]) -> None:
        self._devices = (inputs, outputs)
        for card in self.cards:
            card.show_devices(inputs, outputs)

    def microphone_to_measure(self) -> str | None:
        return self._tried.microphone.device or None if self._tried is not None else None

    def meter_to_move(self) -> LevelMeter | None:
        return self._tried.meter if self._tried is not None else None

    # --- cards ---------------------------------------------------------------------------------

    def _show_lines(self, lines: Sequence[LineSettings]) -> None:
        for card in tuple(self.cards):
            self._drop(card)
        for line in lines:
            self._new_card().show_line(line)

    def _new_card(self) -> LineCard:
        card = LineCard(self._theme)
        self.cards.append(card)
        self._place.addWidget(card)
        if self._devices is not None:
            card.show_devices(*self._devices)
        card.edited.connect(lambda: self._apply(card))
        card.removal_wanted.connect(lambda: self._remove(card))
        card.moved.connect(lambda by: self._move(card, by))
        card.trial_wanted.connect(lambda is_on: self._try(card, is_on=is_on))
        card.tone_wanted.connect(self._play)
        return card

    def _drop(self, card: LineCard) -> None:
        card.stop_trial()
        self.cards.remove(card)
        self._place.removeWidget(card)
        card.hide()
        card.deleteLater()

    def _on_add(self) -> None:
        card = self._new_card()
        self._show_places()
        self._content.adjustSize()
        self.ensureWidgetVisible(card)
        card.name.setFocus()

    def _remove(self, card: LineCard) -> None:
        self._drop(card)
        self.add_line.setFocus()
        self._apply(None)

    def _move(self, card: LineCard, by: int) -> None:
        place = self.cards.index(card) + by
        self.cards.remove(card)
        self.cards.insert(place, card)
        self._place.removeWidget(card)
        self._place.insertWidget(place, card)
        self._apply(card)
        # At the end of the list the button that was pressed cannot be any more.
        pressed, other = (card.up, card.down) if by < 0 else (card.down, card.up)
        (pressed if pressed.isEnabled() else other).setFocus()

    def _show_places(self) -> None:
        is_fixed = not self.fixed.isHidden()
        for place, card in enumerate(self.cards):
            card.show_place(place, len(self.cards))
            card.show_shared(self._shared(card))
        self.add_line.setEnabled(len(self.cards) < MOST_LINES and not is_fixed)

    def _shared(self, card: LineCard) -> str:
        if card.kept is None or self._shown is None:
            return ""
        settings = self._shown.settings
        return in_words(apart_from_desk((card.kept,), settings.input_device, settings.output_device)[1] or "")

    # --- what is asked for -----------------------------------------------------------------------

    def _apply(self, edited: LineCard | None) -> None:
        """Ask for the lines as they are now, as far as they can be used."""
        self._show_places()
        self.mind_meter()
        lines = {card: line for card in self.cards if (line := card.read() or card.kept) is not None}
        wanted = tuple(lines.values())
        try:
            parse_lines(wanted)
        except ValueError as error:
            (edited or self.cards[-1]).show_error(error)
            return
        if self._shown is None:
            return
        last = tuple(self._asked[-1].values()) if self._asked else self._shown.settings.lines
        if wanted != last:
            self._asked.append(lines)
            self.changes_requested.emit({NAME: lines_as_json(wanted)})

    # --- trials ----------------------------------------------------------------------------------

    def _try(self, card: LineCard, *, is_on: bool) -> None:
        """One microphone, one listener."""
        before = self._tried
        if is_on:
            self._tried = card
            if before is not None and before is not card:
                before.stop_trial()
        elif before is card:
            self._tried = None
        self.mind_meter()

    def _play(self, speaker: str) -> None:
        self.problem.show_text("")
        self.test_tone_requested.emit(speaker)
