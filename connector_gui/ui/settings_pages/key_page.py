"""The ElevenLabs key: where it is, how it gets in, whether it works."""

from __future__ import annotations

from pydantic import SecretStr
from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from connector_gui.ui.plain_text import one_line
from connector_gui.ui.settings_pages.confirm import Question
from connector_gui.ui.settings_pages.key_state import HAS_KEY, KEYRING_TROUBLE, KeyShown, words_for
from connector_gui.ui.settings_pages.page import Page, button, buttons, group, line, titled
from connector_gui.ui.settings_pages.schema import setting
from connector_gui.ui.theme import TextSize, Theme, set_role
from connector_gui.ui.translation import shown
from connector_gui.ui.widgets.text import label


class KeyPage(Page):
    """The key goes in here and never comes out: what is entered leaves the field when it is saved.

    Signals:
        key_entered: A key, and whether to keep it for this session only.
        key_deletion_requested: Forget the key; asked twice already.
        key_check_requested: The key in the field, or ``None`` for the one in use.
        keyring_retry_requested: Ask the keyring again; it may show its password window.
    """

    key_entered = Signal(object, bool)
    key_deletion_requested = Signal()
    key_check_requested = Signal(object)
    keyring_retry_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.add_head()
        self._state = KeyShown.UNKNOWN
        # Entered, but not kept yet: the keyring may refuse it, and then it can be kept for the session.
        self._waiting: SecretStr | None = None
        self._is_checking = False
        self._make_parts()
        self._lay_out()
        self.show_key_state(KeyShown.UNKNOWN, "")

    def add_head(self) -> None:
        """Name the page."""
        self.add_title(self.tr("ElevenLabs"))

    def _make_parts(self) -> None:
        theme = self._theme
        self.sign, self.state = label(theme), label(theme, wraps=True)
        self.details = label(theme, size=TextSize.LABEL, role="muted", wraps=True)
        self.retry = button(self.tr("Try again"))
        self.field = QLineEdit()
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.setPlaceholderText(self.tr("Paste a key"))
        self.field.setAccessibleName(setting("elevenlabs_api_key").title)
        self.save = button(self.tr("Save"))
        self.for_session = button(self.tr("Keep for this session only"))
        self.check = button(self.tr("Check key"))
        self.result = label(theme, wraps=True)
        self.delete = button(self.tr("Delete key…"))
        self.delete_question = Question(
            theme,
            self.delete,
            consequence=self.tr("The key is removed from this computer. Calls can then only go to the practice agent."),
            confirm=self.tr("Delete the key"),
            keep=self.tr("Keep it"),
        )
        self.field.textChanged.connect(self._offer)
        self.field.returnPressed.connect(self._save)
        self.save.clicked.connect(self._save)
        self.for_session.clicked.connect(self._keep_for_session)
        self.check.clicked.connect(self._check)
        self.retry.clicked.connect(self.keyring_retry_requested)
        self.delete_question.confirmed.connect(self.key_deletion_requested)

    def _lay_out(self) -> None:
        title = setting("elevenlabs_api_key").title
        state_line = line(self.sign, self.state, self.retry, stretched=self.state)
        state = titled(self._theme, title, state_line, self.details)
        entry = line(self.field, self.save, stretched=self.field)
        hint = self.tr("It is kept in the system's keyring and never shown again.")
        deeds = group(buttons(self.check, self.for_session, self.delete), self.result, self.delete_question)
        self.add(state)
        self.add(group(titled(self._theme, self.tr("New key"), entry, hint), titled(self._theme, "", deeds)))
        self.result.hide()
        self.set_place("elevenlabs_api_key", self.field)

    # --- what is shown ---------------------------------------------------------------------

    def show_key_state(self, state: KeyShown, text: str) -> None:
        """Say where the key is; *text* adds what to do about it."""
        self._state = KeyShown(state)
        words = words_for(self._state)
        self.sign.setText(words.sign)
        set_role(self.sign, role=words.role)
        self.state.setText(words.words)
        set_role(self.state, role="error" if words.role == "error" else "")
        self.details.setText(one_line(shown(text), 400))
        self.details.setVisible(bool(text))
        if self._state not in KEYRING_TROUBLE:
            self._waiting = None
        self._offer()

    def show_key_check(self, text: str, is_good: bool) -> None:
        """Say what came of “Check key”."""
        self._is_checking = False
        self.result.setText(("✓ " if is_good else "✕ ") + one_line(shown(text), 400))
        set_role(self.result, role="live" if is_good else "error")
        self.result.show()
        self._offer()

    def _offer(self) -> None:
        """Allow what can be done now."""
        has_text = bool(self.field.text().strip())
        is_free = self._state is not KeyShown.ENVIRONMENT
        self.field.setEnabled(is_free)
        self.save.setEnabled(is_free and has_text)
        self.retry.setVisible(self._state in KEYRING_TROUBLE)
        self.for_session.setVisible(self._state in KEYRING_TROUBLE)
        self.for_session.setEnabled(has_text or self._waiting is not None)
        self.check.setEnabled(not self._is_checking and (has_text or self._state in HAS_KEY))
        self.check.setText(self.tr("Checking…") if self._is_checking else self.tr("Check key"))
        self.delete.setVisible(self._state in {KeyShown.KEYRING, KeyShown.SESSION})

    # --- what is asked for -----------------------------------------------------------------

    def _save(self) -> None:
        self._enter(for_session=False)

    def _keep_for_session(self) -> None:
        self._enter(for_session=True)

    def _enter(self, *, for_session: bool) -> None:
        key = self._take() or self._waiting
        if key is not None:
            self._waiting = None if for_session else key
            self.key_entered.emit(key, for_session)
            self._offer()

    def _take(self) -> SecretStr | None:
        """The key in the field, which is empty afterwards, its history of changes too."""
        text = self.field.text().strip()
        self.field.setText("")
        return SecretStr(text) if text else None

    def _check(self) -> None:
        text = self.field.text().strip()
        self._is_checking = True
        self.result.hide()
        self._offer()
        self.key_check_requested.emit(SecretStr(text) if text else None)

    def hideEvent(self, event: QHideEvent) -> None:
        """Keep no key that was entered and not saved."""
        super().hideEvent(event)
        self._waiting = None
        self._take()
