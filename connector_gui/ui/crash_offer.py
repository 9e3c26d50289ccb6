"""After a run that did not end well: a small window that offers to keep a report of it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox

from connector_gui.ui.plain_text import one_line
from connector_gui.ui.translation import shown, tr


class CrashOffer(QObject):
    """Asks once, beside the work: calls ring and are answered meanwhile."""

    save_requested = Signal(str)
    """A file that the report is to be kept in was chosen; its path."""

    def __init__(self) -> None:
        super().__init__()
        self.box: QMessageBox | None = None
        self._dialog: QFileDialog | None = None

    def show(self, file_name: str) -> None:
        """Offer the report; *file_name* is proposed for it."""
        self.box = _box(
            tr("Agent Connector did not end well last time"),
            tr(
                "A report of it may help to mend the program. It holds what the program was doing and its log: "
                "no keys, recordings or conversations. Nothing is sent anywhere."
            ),
        )
        save = self.box.addButton(tr("Save the report…"), QMessageBox.ButtonRole.AcceptRole)
        self.box.addButton(tr("Not now"), QMessageBox.ButtonRole.RejectRole)
        save.clicked.connect(lambda: self._choose(file_name))
        self.box.show()

    def show_problem(self, sentence: str) -> None:
        """The report could not be written."""
        self.box = _box(tr("The report was not saved"), one_line(shown(sentence), 500))
        self.box.show()

    def hide(self) -> None:
        """Take everything off the screen."""
        for window in (self.box, self._dialog):
            if window is not None:
                window.hide()

    def _choose(self, file_name: str) -> None:
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        self._dialog = QFileDialog(None, tr("Save the report…"), str(Path(folder, file_name)), tr("Archives (*.zip)"))
        self._dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        self._dialog.setDefaultSuffix("zip")
        self._dialog.fileSelected.connect(self.save_requested)
        self._dialog.open()


def _box(title: str, text: str) -> QMessageBox:
    box = QMessageBox()
    box.setWindowModality(Qt.WindowModality.NonModal)
    box.setWindowFlag(Qt.WindowType.WindowStaysOnTopHint, on=False)
    box.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)  # it must not take the keys from a call
    box.setIcon(QMessageBox.Icon.Information)
    box.setWindowTitle(tr("The last run"))
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(title)
    box.setInformativeText(text)
    return box
