"""What keeps the program from starting, in a window of its own: try again, or quit."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

from connector_gui.ui.plain_text import one_line
from connector_gui.ui.translation import shown, tr


async def ask_to_try_again(sentence: str) -> bool:
    """Show *sentence*; whether the operator wants another try. Closing the window is a no.

    Cancelled, it takes the window away.
    """
    answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    box = QMessageBox()
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle(tr("Agent Connector cannot start"))
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(tr("Agent Connector cannot start"))
    box.setInformativeText(one_line(shown(sentence), 500))
    again = box.addButton(tr("Try again"), QMessageBox.ButtonRole.AcceptRole)
    box.addButton(tr("Quit"), QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(again)

    def on_finished() -> None:
        if not answer.done():
            answer.set_result(box.clickedButton() is again)

    box.finished.connect(on_finished)
    box.open()
    try:
        return await answer
    finally:
        box.hide()
        box.deleteLater()
