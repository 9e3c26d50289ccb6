"""Where the webhook listens: settings that only make sense together, so they are applied together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from connector_gui.ui.settings_pages.page import Page, button, buttons, titled
from connector_gui.ui.settings_pages.rows import NumberRow, SettingRow, SwitchRow, TextRow
from connector_gui.ui.settings_pages.schema import ShownSettings
from connector_gui.ui.theme import Theme
from connector_gui.ui.widgets.text import label

_NAMES: Final = ("host", "port", "tls_cert_file", "tls_key_file", "allow_insecure_lan")


class Listening(QObject):
    """The rows of a page that are kept as a draft until “Apply”.

    A host that others can reach needs a certificate, a certificate its key: checked one by one, no
    order of changes would pass.
    """

    changes_requested = Signal(object)

    def __init__(self, theme: Theme, page: Page) -> None:
        super().__init__(page)
        self._page = page
        self._draft: dict[str, Any] = {}
        self._shown: ShownSettings | None = None
        self.rows: dict[str, SettingRow] = {
            "host": TextRow(theme, "host", "127.0.0.1"),
            "port": NumberRow(theme, "port"),
            "tls_cert_file": FileRow(theme, "tls_cert_file"),
            "tls_key_file": FileRow(theme, "tls_key_file"),
            "allow_insecure_lan": SwitchRow(theme, "allow_insecure_lan"),
        }
        for name, row in self.rows.items():
            row.edited.connect(lambda value, name=name: self._keep(name, value))
            page.add(row)
        self.apply, self.revert = button(self.tr("Apply")), button(self.tr("Revert"))
        self.problem = label(theme, role="error", wraps=True)
        page.add(titled(theme, "", buttons(self.apply, self.revert)))
        page.add(self.problem)
        self.problem.hide()
        self.apply.clicked.connect(lambda: self.changes_requested.emit(dict(self._draft)))
        self.revert.clicked.connect(self._forget)
        self._show_draft()

    def show_settings(self, shown: ShownSettings) -> None:
        """Show what holds, and on top of it what is not applied yet."""
        self._shown = shown
        self._draft = {name: value for name, value in self._draft.items() if value != getattr(shown.settings, name)}
        for name, row in self.rows.items():
            row.show_fixed(shown.fixed.get(name, ""))
            if name not in self._draft:
                row.show_value(getattr(shown.settings, name))
                row.show_problem("")
        if not self._draft:
            self._show_combined("")
        self._show_draft()

    def show_problems(self, problems: Mapping[str, str]) -> bool:
        """Say what is wrong with the draft; true if the problem of several settings (``""``) is its own."""
        for name, row in self.rows.items():
            row.show_problem(problems.get(name, ""))
        combined = problems.get("", "") if self._draft else ""
        self._show_combined(combined)
        return bool(combined)
