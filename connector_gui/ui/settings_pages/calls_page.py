"""How calls ring, wait and are answered."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QWidget

from connector_gui.core.desk_rules import WhenBusy
from connector_gui.core.hold import HoldLimitAction
from connector_gui.core.ring_surface import RingSurface
from connector_gui.ui.settings_pages.page import Page
from connector_gui.ui.settings_pages.rows import ChoiceRow, NumberRow, SwitchRow, TextRow
from connector_gui.ui.settings_pages.schema import ShownSettings
from connector_gui.ui.theme import Theme

_DELAY: Final = "auto_answer_delay_s"


class CallsPage(Page):
    """Ringing, answering, a full desk, the click on the tray."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.add_title(self.tr("Calls"))
        self.add_row(NumberRow(theme, "ring_timeout_s"))
        surfaces = {
            RingSurface.CARD_AND_NOTIFICATION: self.tr("Card and notification"),
            RingSurface.CARD: self.tr("Card above all windows"),
            RingSurface.NOTIFICATION: self.tr("Notification"),
            RingSurface.PANEL: self.tr("Panel"),
        }
        self.add_row(ChoiceRow(theme, "ring_surface", surfaces))
        click = {True: self.tr("Ends the call"), False: self.tr("Opens the panel")}
        self.add_row(ChoiceRow(theme, "tray_click_ends_call", click))
        self.add_heading(self.tr("Answering"))
        self.add_row(SwitchRow(theme, "auto_answer"))
        self.add_row(NumberRow(theme, _DELAY))
        self.add_row(NumberRow(theme, "wrap_up_s"))
        self.add_heading(self.tr("Several calls"))
        busy = {WhenBusy.RING: self.tr("Rings quietly and waits"), WhenBusy.REFUSE: self.tr("Is refused")}
        self.add_row(ChoiceRow(theme, "when_busy", busy))
        self.add_row(NumberRow(theme, "ring_queue_size"))
        self.add_row(NumberRow(theme, "max_concurrent_calls"))
        self.add_heading(self.tr("On hold"))
        self.add_row(TextRow(theme, "hold_hint", self.tr("The operator put the call on hold.")))
        self.add_row(TextRow(theme, "resume_hint", self.tr("The operator is back.")))
        self.add_row(NumberRow(theme, "hold_limit_s"))
        actions = {HoldLimitAction.TELL: self.tr("The agent is told"), HoldLimitAction.END: self.tr("The call ends")}
        self.add_row(ChoiceRow(theme, "hold_limit_action", actions))
        self.add_row(TextRow(theme, "hold_limit_hint"))

    def show_settings(self, shown: ShownSettings) -> None:
        super().show_settings(shown)
        # The delay means nothing while nothing is answered by itself.
        self.rows[_DELAY].control.setEnabled(shown.settings.auto_answer and _DELAY not in shown.fixed)
