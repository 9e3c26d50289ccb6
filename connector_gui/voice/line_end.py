"""One end of a line: the microphone or the speaker, whichever device that is at the moment."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass

from connector_gui.core.errors import AudioError
from connector_gui.voice.devices import Candidate, DeviceCatalog
from connector_gui.voice.sound import AudioDevice, Direction, Stream

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Opened:
    """A device that is open but does not run yet.

    Attributes:
        connect: Lets its sound in or out from now on; called right before it is started.
    """

    stream: Stream
    connect: Callable[[], None]


class LineEnd:
    """Opens what the setting means, or the best device in its place. Its owner holds a lock meanwhile.

    Attributes:
        is_wanted: A device is to be open; whoever repairs looks at this.
        stream: The device that is open, dead or alive.
        is_first_choice: That device is what the setting means.
        refusal: Why the first choice was not to be had, when another device was taken.
    """

    def __init__(
        self,
        direction: Direction,
        wanted: str | None,
        catalog: DeviceCatalog,
        open_device: Callable[[AudioDevice], Opened],
        *,
        is_strict: bool,
    ) -> None:
        self.direction = direction
        self.wanted = wanted
        self.is_wanted = False
        self.stream: Stream | None = None
        self.is_first_choice = True
        self.refusal: AudioError | None = None
        self._catalog = catalog
        self._open_device = open_device
        self._is_strict = is_strict

    @property
    def is_open(self) -> bool:
        """A device is ours, and the sound system has not ended it."""
        stream = self.stream
        return stream is not None and not stream.stats.is_finished

    def open(self, avoid: Collection[str] = ()) -> None:
        """Let go of the device there is, and open the best one.

        Args:
            avoid: Names of devices to try last.

        Raises:
            AudioError: None can be opened; what the first choice said.
        """
        self.drop()
        self.refusal = None
        problem: AudioError | None = None
        for candidate in sorted(self._candidates(), key=lambda one: one.device.name in avoid):
            try:
                self._start(self._open_device(candidate.device), candidate)
            except AudioError as error:
                problem = problem or error
                continue
            self.refusal = problem
            return
        raise problem or AudioError("No sound device can be opened.")

    def _candidates(self) -> list[Candidate]:
        if self._is_strict:
            return [Candidate(self._catalog.find(self.wanted, self.direction), is_first_choice=True)]
        return self._catalog.candidates(self.wanted, self.direction)

    def switch_to_first_choice(self) -> bool:
        """Turn from a stand-in to what the setting means, if that can be opened; the stand-in plays on until then."""
        for candidate in self._candidates():
            if not candidate.is_first_choice:
                break
            try:
                opened = self._open_device(candidate.device)
            except AudioError:
                continue
            self.drop()
            self.refusal = None
            self._start(opened, candidate)
            return True
        return False

    def _start(self, opened: Opened, candidate: Candidate) -> None:
        opened.connect()
        try:
            opened.stream.start()
        except AudioError:
            opened.stream.close()
            raise
        self.stream = opened.stream
        self.is_first_choice = candidate.is_first_choice
        log.debug(
            "line.open",
            extra={
                "direction": str(self.direction),
                "device": candidate.device.name,
                "rate_hz": opened.stream.rate_hz,
                "is_first_choice": candidate.is_first_choice,
            },
        )

    def drop(self, *, drain: bool = False) -> None:
        """Let go of the device."""
        stream, self.stream = self.stream, None
        if stream is not None:
            stream.close(drain=drain)
