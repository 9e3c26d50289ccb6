"""How the windows look, move and speak."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from connector_gui.core.look import AccentColor, Choice, ColorScheme, Language
from connector_gui.ui.settings_pages.page import Page, titled
from connector_gui.ui.settings_pages.rows import ChoiceRow
from connector_gui.ui.theme import Theme
from connector_gui.ui.widgets.text import label


class AppearancePage(Page):
    """Everything follows the system unless the operator says otherwise."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.add_title(self.tr("Appearance"))
        schemes = {
            ColorScheme.SYSTEM: self.tr("As the system"),
            ColorScheme.LIGHT: self.tr("Light"),
            ColorScheme.DARK: self.tr("Dark"),
        }
        self.add_row(ChoiceRow(theme, "color_scheme", schemes))
        accents = {AccentColor.SYSTEM: self.tr("As the system"), AccentColor.OWN: self.tr("Our blue")}
        self.add_row(ChoiceRow(theme, "accent_color", accents))
        choices = {
            Choice.SYSTEM: self.tr("As the system asks"),
            Choice.ON: self.tr("On"),
            Choice.OFF: self.tr("Off"),
        }
        self.add_row(ChoiceRow(theme, "high_contrast", choices))
        self.add_row(ChoiceRow(theme, "reduce_motion", choices))
        words = self.tr("As large as the system's settings for text and scale say.")
        self.add(titled(theme, self.tr("Text size"), label(theme, words, role="muted", wraps=True)))
        self.add_heading(self.tr("Language"))
        # Each in its own language: who reads no other has to find it.
        languages = {
            Language.SYSTEM: self.tr("As the system"),
            Language.ENGLISH: "English",
            Language.GERMAN: "Deutsch",
            Language.SPANISH: "Español",
        }
        self.add_row(ChoiceRow(theme, "ui_language", languages))
