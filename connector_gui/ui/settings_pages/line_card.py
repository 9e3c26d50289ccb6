"""One line in the settings: its name, its two devices and how they work, its rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from connector_gui.core.line_setting import LINE_NAME_LENGTH, MOST_RULES, parse_lines
from connector_gui.core.lines import LineSettings
from connector_gui.ui.settings_pages.device_box import DeviceBox
from connector_gui.ui.settings_pages.devices_page import MIN_BUTTON_WIDTH
from connector_gui.ui.settings_pages.line_rule import RuleRow
from connector_gui.ui.settings_pages.page import button
from connector_gui.ui.symbols import Symbol, wear
from connector_gui.ui.theme import GAP_M, GAP_S, TextSize, Theme, set_role
from connector_gui.ui.translation import shown as in_words
from connector_gui.ui.widgets.meter import LevelMeter
from connector_gui.ui.widgets.text import label


class LineCard(QFrame):
    """Tells that it was edited, and says what is wrong with it; what holds is the page's to know.

    Attributes:
        kept: The line as it was last saved; ``None``: it is new.
    """

    edited = Signal()
    removal_wanted = Signal()
    moved = Signal(int)
    """One place up (-1) or down (+1)."""
    trial_wanted = Signal(bool)
    """Show the level of the microphone, or no longer."""
    tone_wanted = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.kept: LineSettings | None = None
        self._is_fixed = False
        set_role(self, role="card")
        self.name = QLineEdit()
        self.name.setMaxLength(LINE_NAME_LENGTH)
        self.name.setPlaceholderText(self.tr("Softphone"))
        self.microphone, self.speaker = DeviceBox(self.tr("Microphone")), DeviceBox(self.tr("Speaker"))
        self.try_microphone, self.try_speaker = button(self.tr("Show level")), button(self.tr("Play a tone"))
        self.try_microphone.setCheckable(True)
        self.meter = LevelMeter(theme, self.tr("Level of the line's microphone"))
        self.filters = QCheckBox(self.tr("Filters echo and noise: not for cables"))
        self.auto_answer = QCheckBox(self.tr("Answers by itself: nobody sits there"))
        self.add_rule = button(self.tr("Add a rule"))
        self.up, self.down, self.remove = button("", "tool"), button("", "tool"), button(self.tr("Remove"))
        wear(self.up, theme, Symbol.UP)
        wear(self.down, theme, Symbol.MORE)
        self.rules: list[RuleRow] = []
        self.problems = {place: self._problem() for place in ("name", "devices", "rules")}
        self.shared = label(theme, size=TextSize.LABEL, role="ring", wraps=True)
        self.rules_help = label(theme, size=TextSize.LABEL, role="muted", wraps=True)
        self._lay_out()
        self._join()
        self._describe()

    def _problem(self) -> QLabel:
        made = label(self._theme, size=TextSize.LABEL, role="error", wraps=True)
        made.hide()
        return made

    def _join(self) -> None:
        self.name.editingFinished.connect(self._on_edited)
        for box in (self.microphone, self.speaker):
            box.chosen.connect(lambda _device: self._on_edited())
        for choice in (self.filters, self.auto_answer):
            choice.clicked.connect(lambda: self._on_edited())
        self.add_rule.clicked.connect(self._on_add_rule)
        self.try_microphone.toggled.connect(self._on_trial)
        self.try_speaker.clicked.connect(lambda: self.tone_wanted.emit(self.speaker.device))
        self.up.clicked.connect(lambda: self.moved.emit(-1))
        self.down.clicked.connect(lambda: self.moved.emit(+1))
        self.remove.clicked.connect(self.removal_wanted)

    # --- layout ------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        width = max(MIN_BUTTON_WIDTH, *(one.sizeHint().width() for one in (self.try_microphone, self.try_speaker)))
        for one in (self.try_microphone, self.try_speaker):
            one.setMinimumWidth(width)
        grid = QGridLayout()
        grid.setHorizontalSpacing(GAP_M)
        grid.setVerticalSpacing(GAP_S)
        grid.setColumnStretch(1, 1)
        titles = (self.tr("Name"), self.tr("Microphone"), self.tr("Level"), self.tr("Speaker"))
        self.level_title = label(self._theme, titles[2])
        rows: list[tuple[QLabel, QWidget, QWidget | None]] = [
            (label(self._theme, titles[0]), self.name, self._corner()),
            (label(self._theme, titles[1]), self.microphone, self.try_microphone),
            (self.level_title, self.meter, None),
            (label(self._theme, titles[3]), self.speaker, self.try_speaker),
        ]
        for row, (title, control, beside) in enumerate(rows):
            title.setBuddy(control)
            grid.addWidget(title, 2 * row, 0)
            grid.addWidget(control, 2 * row, 1)
            if beside is not None:
                grid.addWidget(beside, 2 * row, 2)
        grid.addWidget(self.problems["name"], 1, 1, 1, 2)
        grid.addWidget(self.problems["devices"], 7, 1, 1, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_M, GAP_M, GAP_M, GAP_M)
        column.setSpacing(GAP_S)
        column.addLayout(grid)
        column.addWidget(self.shared)
        column.addWidget(self.filters)
        column.addWidget(self.auto_answer)
        column.addWidget(self.rules_help)
        self._rules_place = QVBoxLayout()
        self._rules_place.setSpacing(GAP_S)
        column.addLayout(self._rules_place)
        column.addWidget(self.problems["rules"])
        column.addWidget(self.add_rule, 0, Qt.AlignmentFlag.AlignLeading)
        self._show_meter(is_on=False)

    def _corner(self) -> QWidget:
        whole = QWidget()
        row = QHBoxLayout(whole)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP_S)
        for one in (self.up, self.down, self.remove):
            row.addWidget(one)
        return whole

    def _show_meter(self, *, is_on: bool) -> None:
        self.level_title.setVisible(is_on)
        self.meter.setVisible(is_on)

    # --- what is shown -------------------------------------------------------------------------

    def show_line(self, line: LineSettings) -> None:
        """Show *line*, which holds."""
        self.kept = line
        self.name.setText(line.name)
        self.microphone.show_device(line.devices.input_device)
        self.speaker.show_device(line.devices.output_device)
        self.filters.setChecked(line.devices.is_filtered)
        self.auto_answer.setChecked(line.is_auto_answer)
        for row in tuple(self.rules):
            self._drop(row)
        for rule in line.rules:
            self._new_rule().show_rule(rule)
        self._describe()

    def show_devices(self, inputs: Sequence[str], outputs: Sequence[str]) -> None:
        """Offer these microphones and speakers."""
        self.microphone.show_devices(inputs)
        self.speaker.show_devices(outputs)
        self._offer_trials()

    def show_shared(self, sentence: str) -> None:
        """Say that the line is not used because the desk has one of its devices; nothing: it is used."""
        self.shared.setText(sentence)
        self.shared.setVisible(bool(sentence))

    def show_place(self, place: int, count: int) -> None:
        """It is the line at *place* of *count*, from 0 on."""
        self.up.setEnabled(place > 0 and not self._is_fixed)
        self.down.setEnabled(place < count - 1 and not self._is_fixed)

    def fix(self, *, is_fixed: bool) -> None:
        """Allow no change; devices can be tried out all the same."""
        self._is_fixed = is_fixed
        parts = [self.name, self.microphone, self.speaker, self.filters, self.auto_answer, self.remove, self.add_rule]
        for row in self.rules:
            parts += [*row.fields, row.remove]
        for part in parts:
            part.setEnabled(not is_fixed)
        self._describe()

    def show_problem(self, place: str, sentence: str) -> None:
        """Say at ``name``, ``devices`` or ``rules`` what is wrong; nothing is wrong with nothing."""
        words = f"{sentence[:1].upper()}{sentence[1:]}".rstrip(".")
        self.problems[place].setText(f"{words}." if words else "")
        self.problems[place].setVisible(bool(words))
        fields: dict[str, Sequence[QWidget]] = {"name": (self.name,), "devices": (self.microphone, self.speaker)}
        for field in fields.get(place, self.rules):
            field.setAccessibleDescription(self.problems[place].text())

    # --- what is asked for -----------------------------------------------------------------------

    @property
    def is_begun(self) -> bool:
        """Whether name and both devices are there."""
        return bool(self.name.text().strip() and self.microphone.device and self.speaker.device)

    def read(self) -> LineSettings | None:
        """The line as it is filled in; ``None`` where it cannot be used (yet), which is said at the field."""
        for place in self.problems:
            self.show_problem(place, "")
        if not self.is_begun:
            if self.kept is not None:
                missing = "devices" if self.name.text().strip() else "name"
                self.show_problem(missing, self.tr("A line needs a name, a microphone and a speaker."))
            return None
        try:
            rules = [row.value() for row in self.rules if not row.is_empty]
        except ValueError as error:
            self.show_problem("rules", str(error))
            return None
        try:
            (line,) = parse_lines([self._members(rules)])
        except ValueError as error:
            self.show_error(error)
            return None
        return line

    def show_error(self, error: ValueError) -> None:
        """Say at the field that it is about what `parse_lines` found wrong."""
        sentence = error.args[0]
        english = str(sentence)
        is_of_rules = ", rule " in english or "rules must" in english
        is_of_devices = "share a device" in english or "put_device" in english
        self.show_problem("rules" if is_of_rules else "devices" if is_of_devices else "name", in_words(sentence))

    def _members(self, rules: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "name": self.name.text(),
            "input_device": self.microphone.device,
            "output_device": self.speaker.device,
            "filters": self.filters.isChecked(),
            "auto_answer": self.auto_answer.isChecked(),
            "rules": rules,
        }

    def _on_edited(self) -> None:
        self._describe()
        self.edited.emit()

    # --- rules ---------------------------------------------------------------------------------

    def _on_add_rule(self) -> None:
        self._new_rule().agent.setFocus()
        self._describe()

    def _new_rule(self) -> RuleRow:
        row = RuleRow(self._theme)
        self.rules.append(row)
        self._rules_place.addWidget(row)
        row.edited.connect(self.edited)
        row.removed.connect(lambda: self._remove_rule(row))
        return row

    def _remove_rule(self, row: RuleRow) -> None:
        self._drop(row)
        self.add_rule.setFocus()
        self._on_edited()

    def _drop(self, row: RuleRow) -> None:
        self.rules.remove(row)
        self._rules_place.removeWidget(row)
        row.hide()
        row.deleteLater()

    # --- trials ----------------------------------------------------------------------------------

    def stop_trial(self) -> None:
        """The level is shown no longer."""
        self.try_microphone.setChecked(False)

    def _on_trial(self, is_on: bool) -> None:
        self._show_meter(is_on=is_on)
        self.try_microphone.setText(self.tr("Stop") if is_on else self.tr("Show level"))
        self.trial_wanted.emit(is_on)

    def _offer_trials(self) -> None:
        self.try_microphone.setEnabled(self.microphone.is_there)
        self.try_speaker.setEnabled(self.speaker.is_there)
        if not self.microphone.is_there:
            self.stop_trial()

    def _describe(self) -> None:
        """Names for screen readers, and what can be done now."""
        name = self.name.text().strip() or self.tr("new")
        self.setAccessibleName(self.tr("Line {name}").format(name=name))
        self.name.setAccessibleName(self.tr("Name of line {name}").format(name=name))
        self.microphone.setAccessibleName(self.tr("Microphone of line {name}").format(name=name))
        self.speaker.setAccessibleName(self.tr("Speaker of line {name}").format(name=name))
        self.up.setAccessibleName(self.tr("Move line {name} up").format(name=name))
        self.down.setAccessibleName(self.tr("Move line {name} down").format(name=name))
        self.remove.setAccessibleName(self.tr("Remove line {name}").format(name=name))
        for one in (self.up, self.down):
            one.setToolTip(self.tr("A call takes the first free line that is for it"))
        for number, row in enumerate(self.rules, 1):
            row.name(number, name)
        self.rules_help.setText(
            self.tr("A call comes here where one of these rules holds; a rule holds where all that it names does.")
            if self.rules
            else self.tr("No rules: calls come here only when you, or a workflow, put them here.")
        )
        self.add_rule.setEnabled(len(self.rules) < MOST_RULES and not self._is_fixed)
        self._offer_trials()
