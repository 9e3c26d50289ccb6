"""``agent-connector remove``: ends the program, undoes what it has set up, and asks about data and keys.

The files of the program itself are the package's or the installer's to remove; both call this first.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from connector_gui.core.desk_command import DeskCommand, Exit
from connector_gui.core.errors import ConfigError
from connector_gui.system.autostart import own_command, system_autostart
from connector_gui.system.command_client import END_TIMEOUT_S, NoAnswerError, NotRunningError, ask
from connector_gui.system.credentials import ELEVENLABS_KEY, WEBHOOK_KEY
from connector_gui.system.data_folder import find_data_dir
from connector_gui.system.file_lock import FileLock
from connector_gui.system.instance_address import LOCK_NAME
from connector_gui.system.link_scheme import forget_links
from connector_gui.system.paths import DataDir
from connector_gui.system.secret_store import KeyringStore

LOCK_TIMEOUT_S: Final = 5.0
RETRY_S: Final = 0.05
OWN_FILES: Final = ("connector.db*", "settings.json*", "presence.json*", "update.json*", "windows.ini*", "setup.ini*")
"""What the program writes beside its folders; anything else in the data folder is somebody else's, and stays."""

Ask = Callable[[str], bool]
"""Puts a question to whoever sits there; whether they said yes."""


class _Stays(Exception):  # noqa: N818 - an answer, not an error of ours
    """It cannot be removed; the text says why."""

    def __init__(self, status: Exit, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Removal:
    """What was removed and what was kept, in words, as it goes.

    Attributes:
        removed, kept: Sentences.
    """

    def __init__(self, folder: DataDir, tell: Callable[[str], None]) -> None:
        self.removed: list[str] = []
        self.kept: list[str] = []
        self._folder = folder
        self._tell = tell
        self._lock: FileLock | None = None

    def end_program(self) -> None:
        """End the program that has the data folder, with its calls, and wait until nothing listens any more.

        Raises:
            _Stays: It does not end.
        """
        try:
            ask(self._folder.path, DeskCommand("quit"), END_TIMEOUT_S, until_end=True)
        except NotRunningError:
            return
        except NoAnswerError as error:
            raise _Stays(Exit.NO_ANSWER, str(error)) from None
        self._note(self.removed, "The program that ran was ended; nothing listens any more.")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep others from starting the program meanwhile.

        Raises:
            _Stays: One is starting or still ending.
        """
        if not self._folder.path.is_dir():
            yield
            return
        deadline_s = time.monotonic() + LOCK_TIMEOUT_S
        while (lock := FileLock.acquire(self._folder.path / LOCK_NAME)) is None:
            if time.monotonic() > deadline_s:
                raise _Stays(Exit.NO_ANSWER, "Agent Connector still runs, but does not answer. End it, then try again.")
            time.sleep(RETRY_S)
        self._lock = lock
        try:
            yield
        finally:
            lock.release()

    def undo_setup(self) -> None:
        """Take back start at login and the links.

        Raises:
            ConfigError: The system refuses.
        """
        autostart = system_autostart(own_command())
        if autostart.is_on():
            self._note(self.removed, "It does not start at login any more.")
        autostart.switch(is_on=False)  # also an entry that was switched off elsewhere
        if forget_links():
            self._note(self.removed, "agent-connector:// links do not lead to it any more.")

    def delete_data(self) -> None:
        """Delete what the program wrote to the data folder, and the folder when nothing else is in it.

        Raises:
            OSError: The disk does not let go of it.
        """
        folder = self._folder.path
        for pattern in OWN_FILES:
            for file in folder.glob(pattern):
                file.unlink()
        for own in (self._folder.recordings, self._folder.logs):
            if own.is_symlink():
                own.unlink()  # what it leads to was never ours
            elif own.is_dir():
                shutil.rmtree(own)
        if self._lock is not None:
            self._lock.release()  # Windows deletes no file that is open
        (folder / LOCK_NAME).unlink(missing_ok=True)
        if any(folder.iterdir()):
            self._note(self.removed, f"Calls, recordings, settings and logs in {folder} are deleted.")
            self._note(self.kept, f"Other files in {folder} stay: they are not the program’s.")
            return
        folder.rmdir()
        self._note(self.removed, f"The data folder {folder} is deleted.")

    def delete_keys(self) -> None:
        """Delete both keys from the system's keyring.

        Raises:
            KeyringError: It does not let go of them.
        """

        async def delete() -> None:
            store = KeyringStore()
            for name in (ELEVENLABS_KEY, WEBHOOK_KEY):
                await store.delete(name, may_prompt=True)

        asyncio.run(delete())
        self._note(self.removed, "The keys are deleted from the system’s keyring.")

    def keep(self, sentence: str) -> None:
        """Something stays, as was wanted."""
        self._note(self.kept, sentence)

    def _note(self, notes: list[str], sentence: str) -> None:
        notes.append(sentence)
        self._tell(sentence)


def remove(
    data_dir: Path | None, options: frozenset[str], *, as_json: bool = False, ask_person: Ask | None = None
) -> int:
    """Remove what *options* name (``data``, ``keys``); without ``yes`` a person at the terminal is asked for the rest.

    Returns:
        The exit status.

    Raises:
        ConfigError: The data folder cannot be told.
    """
    is_asked = "yes" not in options and sys.stdin is not None and sys.stdin.isatty()
    answers = ask_person or (_ask_at_terminal if is_asked else lambda _: False)
    removal = Removal(find_data_dir(data_dir), (lambda _: None) if as_json else lambda text: print(text, flush=True))  # noqa: T201
    status, code, sentence = Exit.DONE, "done", "Agent Connector is removed from this account."
    try:
        _remove(removal, options, answers, removal_folder=find_data_dir(data_dir).path)
    except _Stays as stays:
        status, code, sentence = stays.status, "no_answer", str(stays)
    except ConfigError as error:
        status, code, sentence = Exit.REFUSED, "refused", str(error)
    except OSError as error:
        status, code = Exit.REFUSED, "refused"
        sentence = f"Not everything could be deleted ({error.strerror or type(error).__name__})."
    data = {"removed": removal.removed, "kept": removal.kept}
    if as_json:
        said = {"success": status is Exit.DONE, "exit_code": int(status), "code": code, "message": sentence}
        print(json.dumps({**said, "data": data}))  # noqa: T201 - what a script reads
    elif status is not Exit.DONE:
        print(f"agent-connector: {sentence}", file=sys.stderr)  # noqa: T201 - what the command is for
    return int(status)


def _remove(removal: Removal, options: frozenset[str], answers: Ask, *, removal_folder: Path) -> None:
    removal.end_program()
    with removal.alone():
        removal.undo_setup()
        if "keys" in options or answers("Delete the ElevenLabs key and the webhook key from the system’s keyring?"):
            removal.delete_keys()
        else:
            removal.keep("The keys stay in the system’s keyring (delete them with: agent-connector remove --keys).")
        if not removal_folder.is_dir():
            return
        if "data" in options or answers(f"Delete calls, recordings, settings and logs in {removal_folder}?"):
            removal.delete_data()
        else:
            removal.keep(f"Calls, recordings, settings and logs stay in {removal_folder}.")


def _ask_at_terminal(question: str) -> bool:
    try:
        return input(f"{question} [y/N] ").strip().lower() in {"y", "yes"}
    except (EOFError, KeyboardInterrupt):
        print(flush=True)  # noqa: T201 - the shell's prompt goes on a line of its own
        return False
