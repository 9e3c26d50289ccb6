"""Where the webhook listens: settings that only make sense together, so they are applied together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog

from connector_gui.ui.settings_pages.page import Page, button, buttons, titled
from connector_gui.ui.settings_pages.rows import NumberRow, SettingRow, SwitchRow, TextRow
from connector_gui.ui.settings_pages.schema import ShownSettings
from connector_gui.ui.theme import Theme


class Listening(QObject):
    """The rows of a page that are kept as a draft until “Apply”.

    A host that others can reach needs a certificate, a certificate its key: checked one by one, no
    order of changes would pass.
    """

    changes_requested = Signal(object)

    def __init__(self, theme: Theme, page: Page) -> None:
        super().__init__(page)
        self._draft: dict[str, Any] = {}
        self._shown: ShownSettings | None = None
        self.rows: dict[str, SettingRow] = {
            "host": TextRow(theme, "host", "127.0.0.1", is_draft=True),
            "port": NumberRow(theme, "port", is_draft=True),
            "tls_cert_file": FileRow(theme, "tls_cert_file"),
            "tls_key_file": FileRow(theme, "tls_key_file"),
            "allow_insecure_lan": SwitchRow(theme, "allow_insecure_lan"),
        }
        for name, row in self.rows.items():
            row.edited.connect(lambda value, name=name: self._keep(name, value))
            page.add(row)
            page.set_place(name, row)
        self.apply, self.revert = button(self.tr("Apply")), button(self.tr("Revert"))
        page.add(titled(theme, "", buttons(self.apply, self.revert)))
        self.apply.clicked.connect(lambda: self.changes_requested.emit(dict(self._draft)))
        self.revert.clicked.connect(self._forget)
        self._offer_apply()

    def show_settings(self, shown: ShownSettings) -> None:
        """Show what holds, and on top of it what is not applied yet."""
        self._shown = shown
        for name, row in self.rows.items():
            holds = getattr(shown.settings, name)
            row.show_fixed(shown.fixed.get(name, ""))
            if self._draft.get(name, holds) == holds:
                self._draft.pop(name, None)
                row.show_value(holds)
                row.show_problem("")
        self._offer_apply()

    def show_problems(self, problems: Mapping[str, str]) -> None:
        """Say at each field what is wrong with what was asked for."""
        for name, row in self.rows.items():
            row.show_problem(problems.get(name, ""))

    def _keep(self, name: str, value: object) -> None:
        # A path that holds is a `Path`, one in a field is a text; no text is no path.
        holds = getattr(self._shown.settings, name) if self._shown is not None else None
        if value == holds or (isinstance(value, str) and value == ("" if holds is None else str(holds))):
            self._draft.pop(name, None)
            self.rows[name].show_problem("")
        else:
            self._draft[name] = value
        self._offer_apply()

    def _forget(self) -> None:
        self._draft.clear()
        if self._shown is not None:
            self.show_settings(self._shown)

    def _offer_apply(self) -> None:
        self.apply.setEnabled(bool(self._draft))
        self.revert.setEnabled(bool(self._draft))


class FileRow(TextRow):
    """The path of a file, typed or chosen in the system's window."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__(theme, name, is_draft=True)
        self.browse = button(self.tr("Choose…"))
        self.browse.setAccessibleName(self.tr("Choose the file: {title}").format(title=self.info.title))
        self.add_beside(self.browse)
        self.browse.clicked.connect(self._choose)

    def show_fixed(self, words: str) -> None:
        super().show_fixed(words)
        if hasattr(self, "browse"):
            self.browse.setEnabled(not words)

    def _choose(self) -> None:
        window = QFileDialog(self.window(), self.info.title)
        window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        window.setFileMode(QFileDialog.FileMode.ExistingFile)
        window.setNameFilters([self.tr("PEM files (*.pem *.crt *.cer *.key)"), self.tr("All files (*)")])
        window.fileSelected.connect(self.enter)
        # Not exec(): that would run a loop of its own inside the program's.
        window.open()
