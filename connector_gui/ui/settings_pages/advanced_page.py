"""The log, the environment, and where the data is."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from connector_gui.ui import translation
from connector_gui.ui.settings_pages.page import Page, titled
from connector_gui.ui.settings_pages.rows import ChoiceRow, TextRow
from connector_gui.ui.settings_pages.schema import ShownSettings, setting
from connector_gui.ui.theme import Theme
from connector_gui.ui.widgets.copy_field import CopyField
from connector_gui.ui.widgets.text import label


class AdvancedPage(Page):
    """What most desks never change."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.add_title(self.tr("Advanced"))
        self.add_heading(self.tr("Log"))
        levels = {
            "DEBUG": self.tr("Everything, for finding faults"),
            "INFO": self.tr("The story of each call"),
            "WARNING": self.tr("Warnings and errors"),
            "ERROR": self.tr("Errors only"),
        }
        self.add_row(ChoiceRow(theme, "log_level", levels))
        formats = {"console": self.tr("For people"), "json": self.tr("For machines (JSON)")}
        self.add_row(ChoiceRow(theme, "log_format", formats))
        self.add_heading(self.tr("Web pages that call"))
        environments = {"development": self.tr("Development"), "production": self.tr("Production")}
        self.add_row(ChoiceRow(theme, "environment", environments))
        self.add_row(TextRow(theme, "allowed_origins", "http://localhost:3000"))
        self.add_heading(self.tr("Updates"))
        self.add_row(TextRow(theme, "update_url", "https://example.org/agent-connector.json"))
        self.add_heading(self.tr("Files"))
        self.data_folder = CopyField(setting("data_dir").title)
        self.database = label(theme, wraps=True)
        self._add_files()

    def _add_files(self) -> None:
        info = setting("data_dir")
        words = self.tr("Another one is chosen at the start, by DATA_DIR or --data-dir.")
        self.add(titled(self._theme, info.title, self.data_folder, f"{info.help} {words}"))
        self.set_place("data_dir", self.data_folder)
        info = setting("database_url")
        words = self.tr("Another one is chosen at the start, by DATABASE_URL.")
        self.add(titled(self._theme, info.title, self.database, f"{info.help} {words}"))
        self.set_place("database_url", self.database)

    def show_settings(self, shown: ShownSettings) -> None:
        super().show_settings(shown)
        here = self.tr("A SQLite file in the data folder")
        # The address may hold a password.
        self.database.setText(
            translation.shown(shown.fixed.get("database_url", "")) if shown.settings.database_url else here
        )

    def show_data_folder(self, path: str) -> None:
        """Show where the data of this run is."""
        self.data_folder.show_text(path)
