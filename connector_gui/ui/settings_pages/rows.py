"""Rows of the dialog: one setting each, with title, control, help, default, and what is wrong or fixed about it.

A row emits `edited` when the operator has chosen another value, and shows whatever it is told; it
never takes its own choice for what holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from connector_gui.ui.colours import toned
from connector_gui.ui.settings_pages.schema import SettingInfo, setting
from connector_gui.ui.theme import BUTTON_RADIUS, CONTROL_HEIGHT, GAP_L, GAP_S, GAP_XS, TextSize, Theme
from connector_gui.ui.translation import shown
from connector_gui.ui.widgets.text import label

TITLE_WIDTH: Final = 148
CONTROL_WIDTH: Final = 400
CHOICE_WIDTH: Final = 240
NUMBER_WIDTH: Final = 120
_FOUND_MS: Final = 2_500
_SETTLE_MS: Final = 400
"""A number is sent when it has stood still this long: not once per click on an arrow."""


class SettingRow(QWidget):
    """What all rows have in common; *name* is that of the setting."""

    edited = Signal(object)

    def __init__(self, theme: Theme, name: str, control: QWidget, *, has_title: bool = True) -> None:
        super().__init__()
        self.info: SettingInfo = setting(name)
        self.control = control
        control.setParent(self)
        control.setAccessibleName(self.info.title)
        control.installEventFilter(WheelGuard(control))
        self.title = label(theme, self.info.title if has_title else "", wraps=True, parent=self)
        self.title.setBuddy(control)
        self.help = label(theme, self.info.help, size=TextSize.LABEL, role="muted", wraps=True, parent=self)
        self.fixed = label(theme, size=TextSize.LABEL, semibold=True, wraps=True, parent=self)
        self.problem = label(theme, size=TextSize.LABEL, role="error", wraps=True, parent=self)
        self._found = FoundMark(self, theme)
        # What the environment and `.env` call it.
        self.title.setToolTip(self.info.env)
        self._lay_out()
        self.show_fixed("")
        self.show_problem("")

    def _lay_out(self) -> None:
        self._beside = QHBoxLayout()
        self._beside.setSpacing(GAP_S)
        self._beside.addWidget(self.control)
        self._below = QVBoxLayout()
        self._below.setSpacing(GAP_XS)
        for one in (self.help, self.fixed, self.problem):
            self._below.addWidget(one)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GAP_L)
        grid.setVerticalSpacing(GAP_XS)
        grid.setColumnMinimumWidth(0, TITLE_WIDTH)
        grid.setColumnStretch(1, 1)
        self.title.setFixedWidth(TITLE_WIDTH)
        grid.addWidget(self.title, 0, 0, Qt.AlignmentFlag.AlignVCenter)
        grid.addLayout(self._beside, 0, 1)
        grid.addLayout(self._below, 1, 1)

    def tell_default(self, words: str) -> None:
        """Say after the sentence what holds where nothing is chosen, and when a change holds."""
        parts = [self.info.help, self.tr("Default: {value}.").format(value=words)]
        if self.info.needs_restart:
            parts.append(self.tr("A change holds after a restart."))
        self.help.setText(" ".join(parts))
        self._describe()

    def show_found(self) -> None:
        """Point the row out for a moment, and put the keyboard there."""
        self._found.flash()
        if self.control.isEnabled():
            self.control.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self._found.paint()

    def add_beside(self, widget: QWidget) -> None:
        """Put *widget* right of the control."""
        self._beside.addWidget(widget)

    def add_below(self, widget: QWidget) -> None:
        """Put *widget* under the control, above the words about it."""
        self._below.insertWidget(0, widget)

    def end_line(self) -> None:
        """Keep the control at its own width; what is right of it stays empty."""
        self._beside.addStretch(1)

    def show_value(self, value: Any) -> None:
        """Show *value*, which holds now; something being typed is left alone."""
        raise NotImplementedError

    def show_fixed(self, words: str) -> None:
        """Say where the value is set, and allow no other; nothing lets it be changed again."""
        self.fixed.setText(shown(words))
        self.fixed.setVisible(bool(words))
        self.control.setEnabled(not words)
        self._describe()

    def show_problem(self, words: str) -> None:
        """Say what is wrong with the value that was chosen last; nothing is wrong with nothing."""
        said = shown(words)
        sentence = f"{said[:1].upper()}{said[1:]}".rstrip(".")
        self.problem.setText(f"{sentence}." if sentence else "")
        self.problem.setVisible(bool(sentence))
        self._describe()

    def _describe(self) -> None:
        """Tell screen readers what stands below the control."""
        words = (self.problem.text(), self.fixed.text(), self.help.text())
        self.control.setAccessibleDescription(" ".join(one for one in words if one))


class SwitchRow(SettingRow):
    """On or off."""

    def __init__(self, theme: Theme, name: str) -> None:
        self._box = QCheckBox()
        super().__init__(theme, name, self._box, has_title=False)
        self._box.setText(self.info.title)
        self.end_line()
        # Below the words of the box, not below its mark.
        self.layout().setVerticalSpacing(2)  # type: ignore[union-attr]  # a grid
        for one in (self.help, self.fixed, self.problem):
            one.setContentsMargins(24, 0, 0, 0)
        self._box.clicked.connect(lambda: self.edited.emit(self._box.isChecked()))
        self._box.setToolTip(self.info.env)
        self.tell_default(self.tr("on") if self.info.default else self.tr("off"))

    def show_value(self, value: bool) -> None:
        self._box.setChecked(value)


class ChoiceRow(SettingRow):
    """One of the values of the schema, each with a label."""

    def __init__(self, theme: Theme, name: str, labels: Mapping[Any, str]) -> None:
        self._list = QComboBox()
        super().__init__(theme, name, self._list)
        self._values = list(self.info.choices)
        self._list.addItems([labels[value] for value in self._values])
        self._list.setMinimumWidth(CHOICE_WIDTH)
        self.end_line()
        self._list.activated.connect(lambda index: self.edited.emit(self._values[index]))
        self.tell_default(labels[self.info.default])

    def show_value(self, value: object) -> None:
        self._list.setCurrentIndex(self._values.index(value))


class NumberRow(SettingRow):
    """A number within the schema's limits, with its unit."""

    def __init__(self, theme: Theme, name: str, *, is_draft: bool = False) -> None:
        self._spin = _Spin()
        super().__init__(theme, name, self._spin)
        info = self.info
        self._spin.setDecimals(0 if info.is_whole else 1)
        self._spin.setRange(info.minimum or 0, info.maximum if info.maximum is not None else 1e6)
        self._spin.setSuffix(f" {info.unit}" if info.unit else "")
        self._spin.setFixedWidth(NUMBER_WIDTH)
        self._theme = theme
        theme.changed.connect(self._fit)
        self._fit()
        self._spin.setKeyboardTracking(is_draft)
        self.end_line()
        self._shown: float | None = None
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self._send)
        self._spin.valueChanged.connect(self._settle.start)
        self._spin.editingFinished.connect(self._send)
        self.tell_default(f"{self._spin.textFromValue(self._default)}{self._spin.suffix()}")

    @property
    def _default(self) -> float:
        default = self.info.default
        return float(default) if isinstance(default, int | float) else 0.0

    def _fit(self) -> None:
        # Its arrows would make it higher than all other controls.
        self._spin.setMaximumHeight(self._theme.px(CONTROL_HEIGHT))

    def show_value(self, value: float) -> None:
        self._shown = value
        if self._settle.isActive():
            return
        self._spin.blockSignals(True)
        self._spin.setValue(value)
        self._spin.blockSignals(False)

    def _send(self) -> None:
        self._settle.stop()
        value = self._spin.value()
        if value != self._shown:
            self._shown = value
            self.edited.emit(int(value) if self.info.is_whole else value)


class TextRow(SettingRow):
    """A line of text; sent when it is finished, or with every letter if it *is_draft*."""

    def __init__(self, theme: Theme, name: str, placeholder: str = "", *, is_draft: bool = False) -> None:
        self._line = QLineEdit()
        super().__init__(theme, name, self._line)
        self._line.setPlaceholderText(placeholder)
        self._line.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        # What holds, or what was last asked for instead.
        self._known = ""
        self._line.editingFinished.connect(self._send)
        if is_draft:
            self._line.textEdited.connect(self._send)
        self.tell_default(self._as_text(self.info.default) or self.tr("empty"))

    def show_value(self, value: object) -> None:
        self._known = self._as_text(value)
        if self._line.hasFocus() and self._line.isModified():
            return
        if self._line.text() != self._known:
            self._line.setText(self._known)
            self._line.setCursorPosition(0)

    def enter(self, text: str) -> None:
        """Take *text* as if the operator had typed it."""
        self._line.setText(text)
        self._send()

    def _send(self) -> None:
        self._line.setModified(False)
        text = self._line.text().strip()
        # Leaving the field after Enter finishes the same text once more.
        if text != self._known:
            self._known = text
            self.edited.emit(text)

    @staticmethod
    def _as_text(value: object) -> str:
        if isinstance(value, tuple):
            return ", ".join(map(str, value))
        return "" if value is None else str(value)


class _Spin(QDoubleSpinBox):
    """A spin box that shows “30”, not “30.0”."""

    def __init__(self) -> None:
        super().__init__()
        self.setCorrectionMode(QAbstractSpinBox.CorrectionMode.CorrectToNearestValue)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # A style sheet's padding does not reach the text of a spin box; this makes up what is missing.
        self.lineEdit().setTextMargins(max(0, GAP_S - self.lineEdit().x()), 0, 0, 0)

    def textFromValue(self, value: float) -> str:
        # A port is no quantity: without separators of thousands.
        number = f"{value:.0f}" if value == int(value) else f"{value:.{self.decimals()}f}"
        return number.replace(".", self.locale().decimalPoint())


class FoundMark(QObject):
    """A ground behind a widget that a search led to, for a moment."""

    def __init__(self, widget: QWidget, theme: Theme) -> None:
        super().__init__(widget)
        self._widget, self._theme = widget, theme
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_FOUND_MS)
        self._timer.timeout.connect(widget.update)

    @property
    def is_on(self) -> bool:
        """Whether it is to be seen now."""
        return self._timer.isActive()

    def flash(self) -> None:
        """Show it from now on, for a moment."""
        self._timer.start()
        self._widget.update()

    def paint(self) -> None:
        """Draw it, from within the widget's own `paintEvent`."""
        if not self.is_on:
            return
        colours = self._theme.colours
        painter = QPainter(self._widget)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colours.accent, 1))
        painter.setBrush(toned(colours, colours.accent, 0.10))
        place = QRectF(self._widget.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(place, BUTTON_RADIUS, BUTTON_RADIUS)


class WheelGuard(QObject):
    """Lets the wheel scroll the page, not change the control that happens to pass below the pointer."""

    def __init__(self, control: QWidget) -> None:
        super().__init__(control)
        control.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False
