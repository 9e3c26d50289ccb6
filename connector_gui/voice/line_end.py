"""One end of a line: the microphone or the speaker, whichever device that is at the moment."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Final

from connector_gui.core.errors import AudioError
from connector_gui.core.sentence import sentence
from connector_gui.voice.devices import STAND_IN, Candidate, DeviceCatalog
from connector_gui.voice.sound import AudioDevice, Direction, Stream

log = logging.getLogger(__name__)

HURRIED_S: Final = 0.6
"""How long a device may take to open while a call is silent and there is another one to try."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A device that is open but does not run yet.

    Attributes:
        connect: Lets its sound in or out from now on.
        disconnect: Keeps its sound out again, and gives it silence to play.
        rank: As in `Candidate`.
    """

    stream: Stream
    connect: Callable[[], None]
    disconnect: Callable[[], None]
    rank: int = 0


class LineEnd:
    """Opens what the setting means, or the best device in its place. Its owner holds a lock meanwhile.

    Attributes:
        is_wanted: A device is to be open; whoever repairs looks at this.
        stream: The device that is open, dead or alive.
        rank: The place of that device in the setting, as in `Candidate`; 0 before any was opened.
        refusal: Why a better one was not to be had, when this device was taken.
        has_alternative: There was more than one device to choose from.
        client: The sound server's number of the client that the open stream belongs to, once known.
        opened_s: When the opening of that stream began, by `time.monotonic`.
        is_opening: That is under way: the sound server may know of it already.
        place: Where the sound server says that the stream is, or was last; empty where nobody says.
    """

    def __init__(
        self,
        direction: Direction,
        wanted: str | None,
        catalog: DeviceCatalog,
        open_device: Callable[[AudioDevice, float | None], Opened],
        *,
        is_strict: bool,
        owner_of: Callable[[AudioDevice, Direction], str] = lambda _device, _direction: "",
    ) -> None:
        self.direction = direction
        self.wanted = wanted
        self.is_wanted = False
        self.stream: Stream | None = None
        self.rank = 0
        self.refusal: AudioError | None = None
        self.has_alternative = False
        self.place = ""
        self.client: int | None = None
        self.opened_s = 0.0
        self.is_opening = False
        self._owner_of = owner_of
        self._name = ""
        self._refused = ""
        self._catalog = catalog
        self._open_device = open_device
        self._is_strict = is_strict
        self._opened: Opened | None = None
        self._trial: Opened | None = None

    @property
    def is_open(self) -> bool:
        """A device is ours, and the sound system has not ended it."""
        stream = self.stream
        return stream is not None and not stream.stats.is_finished

    @property
    def known_as(self) -> set[str]:
        """The device that is open, or was last, by every name that it is known to have."""
        return {name for name in (self._name, self.place) if name}

    @property
    def is_first_choice(self) -> bool:
        """No device would be better than the one that is open."""
        return self.rank == 0

    @property
    def trial(self) -> Stream | None:
        """A better device, started and silent, while another one stands in for it; see `try_better`."""
        return self._trial.stream if self._trial else None

    @property
    def open_streams(self) -> int:
        """How many devices it has open."""
        return (self.stream is not None) + (self._trial is not None)

    def open(self, avoid: Collection[str] = (), *, is_hurried: bool = False) -> None:
        """Let go of the device there is, and open the best one.

        Args:
            avoid: Names of devices to try last.
            is_hurried: Give a device little time where there is another to try.

        Raises:
            AudioError: None can be opened; what the first choice said.
        """
        self.drop()
        self.refusal = None
        candidates = sorted(self._candidates(), key=lambda one: one.device.name in avoid)
        self._open_one_of(candidates, is_hurried=is_hurried)

    def open_stand_in(self, avoid: Collection[str]) -> None:
        """Open a device that is none of *avoid*; one that the setting names, if it was open, is kept as `trial`.

        Raises:
            AudioError: None can be opened at all.
        """
        if self.rank < STAND_IN and self._opened is not None and self.is_open:
            asleep, self._opened, self.stream = self._opened, None, None
            asleep.disconnect()
            self.drop_trial()
            self._trial = asleep
        silent, self.stream, self._opened = self.stream, None, None
        if silent is not None:
            silent.close()
        others = [one for one in self._candidates() if one.device.name not in avoid]
        try:
            self._open_one_of(others, is_hurried=True)
        except AudioError:
            self.open(avoid)
        if self._trial is not None and self._trial.rank >= self.rank:
            self.drop_trial()

    def _open_one_of(self, candidates: list[Candidate], *, is_hurried: bool) -> None:
        problem: AudioError | None = None
        for position, candidate in enumerate(candidates):
            is_last = position == len(candidates) - 1
            self.opened_s = time.monotonic()
            self.is_opening = True
            try:
                opened = self._open_device(candidate.device, HURRIED_S if is_hurried and not is_last else None)
                opened.connect()
                _start(opened)
            except AudioError as error:
                problem = problem or error
                continue
            finally:
                self.is_opening = False
            self._take(replace(opened, rank=candidate.rank))
            self.refusal = problem
            return
        raise problem or AudioError(sentence("No sound device can be opened."))

    def give_way(self, words: str) -> None:
        """Let go of a device that turned out to be somebody else's; *words* refuse it until `try_again`."""
        self.drop()
        self._name = self.place = ""
        self._refused = words

    def try_again(self) -> None:
        """Something has changed: what gave way may be free by now."""
        self._refused = ""

    def _candidates(self) -> list[Candidate]:
        if self._refused:
            raise AudioError(self._refused)
        if self._is_strict:
            device = self._catalog.find(self.wanted, self.direction)
            if words := self._owner_of(device, self.direction):
                raise AudioError(words)
            return [Candidate(device, rank=0)]
        every = self._catalog.candidates(self.wanted, self.direction)
        owners = [self._owner_of(one.device, self.direction) for one in every]
        candidates = [one for one, owner in zip(every, owners, strict=True) if not owner]
        if not candidates:
            raise AudioError(owners[0])
        self.has_alternative = len({one.device.name for one in candidates}) > 1
        return candidates

    def prefer(self, wanted: str | None) -> None:
        """Mean this by the setting from now on. The device that is open stays until a better one calls back."""
        self.wanted = wanted
        self.drop_trial()
        stream = self.stream
        if stream is None:
            return
        try:
            same = [one.rank for one in self._candidates() if one.device.name == stream.device.name]
        except AudioError:
            return  # the list is empty: there is nothing better
        self.rank = min(same, default=STAND_IN)

    def try_better(self, avoid: Collection[str] = ()) -> bool:
        """Open and start as `trial` the best device that can be opened, if it is better than this one, which plays on.

        It is taken once it calls back: only then it is known to work. Those of *avoid* are tried last.
        """
        self.drop_trial()
        better = [candidate for candidate in self._candidates() if candidate.rank < self.rank]
        for candidate in sorted(better, key=lambda one: one.device.name in avoid):
            try:
                opened = self._open_device(candidate.device, None)
                _start(opened)
            except AudioError as error:
                log.debug("line.better_unavailable", extra={"reason": str(error)})
                continue
            self._trial = replace(opened, rank=candidate.rank)
            return True
        return False

    def take_trial(self) -> None:
        """Let go of the stand-in and use the better device, which calls back."""
        trial, self._trial = self._trial, None
        if trial is None:
            return
        if self._opened is not None and self.stream is not None:
            self._opened.disconnect()  # if its closing hangs, it may call back still
            self.stream.close()
        trial.connect()  # only now: two callbacks must not read from one playout buffer
        self._take(trial)
        self.refusal = None

    def drop_trial(self) -> None:
        """The better device does not work yet."""
        trial, self._trial = self._trial, None
        if trial is not None:
            trial.stream.close()

    def _take(self, opened: Opened) -> None:
        self._opened = opened
        self.stream = opened.stream
        self.rank = opened.rank
        self._name = opened.stream.device.name
        log.debug(
            "line.open",
            extra={
                "direction": str(self.direction),
                "device": opened.stream.device.name,
                "rate_hz": opened.stream.rate_hz,
                "is_first_choice": self.is_first_choice,
            },
        )

    def drop(self, *, drain: bool = False) -> None:
        """Let go of the device, and of the one on trial."""
        self.drop_trial()
        self._opened = None
        self.client = None
        stream, self.stream = self.stream, None
        if stream is not None:
            stream.close(drain=drain)


def _start(opened: Opened) -> None:
    try:
        opened.stream.start()
    except AudioError:
        opened.stream.close()
        raise
