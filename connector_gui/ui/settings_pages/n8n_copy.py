"""“Copy n8n workflow”: which one, for an n8n where, and what to do with it then."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from connector_gui.core.n8n_workflow import CREDENTIAL_NAME, N8nPlace, N8nTemplate, way_to, workflow_for
from connector_gui.core.settings import Settings
from connector_gui.ui import resources, translation
from connector_gui.ui.settings_pages.page import button, buttons
from connector_gui.ui.settings_pages.rows import WheelGuard
from connector_gui.ui.theme import GAP_S, TextSize, Theme
from connector_gui.ui.translation import tr
from connector_gui.ui.widgets.text import label


@lru_cache
def shipped_workflow(template: N8nTemplate) -> str:
    """The text of a shipped workflow.

    Raises:
        OSError: The program is not installed completely.
    """
    return (resources.folder("n8n") / f"{template}.json").read_text(encoding="utf-8")


class N8nCopy(QWidget):
    """A choice and a button; below it, once something was copied, how to go on.

    Attributes:
        template: The first choice, to be put above all this.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._base_url = ""
        self._settings = Settings()
        self.template = _choice(self.tr("n8n workflow"), _template_names())
        self.place = _choice(self.tr("Where n8n runs"), _place_names())
        self.copy = button(self.tr("Copy n8n workflow"))
        self.next_steps = label(theme, size=TextSize.LABEL, wraps=True)
        self.next_steps.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_S)
        words = self.tr("A workflow with the address in it. The key is not: n8n keeps it as a credential.")
        hint = label(theme, words, size=TextSize.LABEL, role="muted", wraps=True)
        for part in (self.place, hint, buttons(self.copy), self.next_steps):
            column.addWidget(part)
        self.copy.clicked.connect(self._copy)
        for choice in (self.template, self.place):
            choice.currentIndexChanged.connect(self.next_steps.hide)

    def show_settings(self, settings: Settings) -> None:
        """Go by these settings from now on."""
        if settings != self._settings:
            self.next_steps.hide()
        self._settings = settings

    def show_webhook(self, url: str | None) -> None:
        """Show where the webhook listens; nothing is to be copied while it does not."""
        if (url or "") != self._base_url:
            self.next_steps.hide()
        self._base_url = url or ""
        self.copy.setEnabled(url is not None)

    def _copy(self) -> None:
        template, place = N8nTemplate(self.template.currentData()), N8nPlace(self.place.currentData())
        way = way_to(place, template, self._base_url, self._settings)
        try:
            text = workflow_for(shipped_workflow(template), way.url)
        except OSError:
            self._tell(self.tr("The workflow is missing from this installation. Install the program again."))
            return
        QGuiApplication.clipboard().setText(text)
        copied = self.tr(
            "Copied, for {url}. In n8n, click on the canvas and press Ctrl+V. Then make a credential Header Auth "
            "called “{name}”, with the name X-API-Key and the key as its value, and choose it in the HTTP nodes."
        ).format(url=way.url, name=CREDENTIAL_NAME)
        self._tell("\n".join((copied, *map(translation.shown, way.needs))))

    def _tell(self, words: str) -> None:
        self.next_steps.setText(words)
        self.next_steps.setAccessibleName(words)
        self.next_steps.show()


def _choice(name: str, names: Mapping[StrEnum, str]) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    # Long words of another language are cut in the box, and whole in its list.
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(16)
    for value, words in names.items():
        box.addItem(words, value.value)
    box.installEventFilter(WheelGuard(box))
    return box


def _template_names() -> dict[StrEnum, str]:
    return {
        N8nTemplate.WAIT: tr("Ring, go on when the call has ended"),
        N8nTemplate.ASK_ONCE: tr("Ring, get the outcome in the answer"),
        N8nTemplate.LIST: tr("Call a list, one after the other"),
    }


def _place_names() -> dict[StrEnum, str]:
    return {
        N8nPlace.HERE: tr("n8n runs on this computer"),
        N8nPlace.DOCKER: tr("n8n runs in Docker on this computer"),
        N8nPlace.ELSEWHERE: tr("n8n runs elsewhere"),
    }
