"""Hot keys and headset buttons, joined to the desk: what is pressed becomes what a button would do."""

from __future__ import annotations

import asyncio
import functools
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from connector_gui.core.hands_free import (
    HandsFree,
    HeadsetButton,
    HeadsetProblem,
    HeadsetSigns,
    HotKey,
    KeyProblem,
    Wish,
    headset_signs,
    twice,
)
from connector_gui.core.service import Action
from connector_gui.core.settings import Settings
from connector_gui.core.shortcut import Shortcut
from connector_gui.core.view import DeskView
from connector_gui.system.headset import Headset
from connector_gui.system.hot_keys import Bound, HotKeys

log = logging.getLogger(__name__)

AGAIN_S: Final = 1.0
"""How long after keys were lost they are asked for anew: a keyboard that is plugged in says so many times over."""


class Actions(Protocol):
    """What is asked of the switchboard."""

    def act_at_desk(self, session_id: str, action: Action) -> None:
        """The operator used a button of a call."""
        ...


@dataclass(frozen=True, slots=True)
class KeysState:
    """How the hot keys are.

    Attributes:
        shortcuts: What was asked for.
        bound: What became of it.
        headset: What keeps the headset's buttons from us.
    """

    shortcuts: Mapping[HotKey, Shortcut] = field(default_factory=dict)
    bound: Bound = field(default_factory=Bound)
    headset: frozenset[HeadsetProblem] = frozenset()

    @property
    def working(self) -> dict[HotKey, Shortcut]:
        """Those that can be pressed."""
        return {key: shortcut for key, shortcut in self.shortcuts.items() if key not in self.bound.problems}


def shortcuts_of(settings: Settings) -> dict[HotKey, Shortcut]:
    """The hot keys that *settings* ask for."""
    texts = {key: getattr(settings, f"hot_key_{key}") for key in HotKey}
    return {key: Shortcut.parse(text) for key, text in texts.items() if text}


class HandsFreeDesk:
    """Keeps the keys that the settings name, and carries what they mean to the desk.

    Attributes:
        on_state: Called with how the hot keys are, after each change.
        on_recorded: While the operator chooses a combination: called with one of ours that they pressed.
    """

    def __init__(
        self,
        actions: Actions,
        keys: HotKeys,
        headsets: Sequence[Headset],
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """*clock_s* is the clock of the desk's view."""
        self._actions = actions
        self._keys = keys
        self._headsets = headsets
        self._clock_s = clock_s
        self._hands = HandsFree()
        self._wanted: dict[HotKey, Shortcut] = {}
        self._has_headset = False
        self._signs = HeadsetSigns()
        self._problems: dict[int, HeadsetProblem | None] = {}
        self._changed = asyncio.Event()
        self._is_recording = False
        self.state = KeysState()
        self.on_state: list[Callable[[KeysState], None]] = []
        self.on_recorded: list[Callable[[Shortcut], None]] = []
        keys.on_pressed, keys.on_released, keys.on_lost = self._on_pressed, self._on_released, self._on_lost
        for place, headset in enumerate(headsets):
            headset.on_button = self._on_button
            headset.on_problem = functools.partial(self._on_problem, place)

    async def run(self) -> None:
        """Bind the keys, anew after each change, until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                for headset in self._headsets:
                    tasks.create_task(headset.run(), name=f"hands_free.{type(headset).__name__}")
                while True:
                    await self._changed.wait()
                    self._changed.clear()
                    await self._bind()
        finally:
            await self._keys.aclose()

    def use(self, settings: Settings) -> None:
        """Work by *settings* from now on."""
        self._do(self._hands.use(push_to_talk=settings.push_to_talk))
        wanted = shortcuts_of(settings)
        if wanted != self._wanted:
            self._wanted = wanted
            self._changed.set()
        self._has_headset = settings.headset_buttons
        self._show_signs()

    def show_view(self, view: DeskView) -> None:
        """Follow the desk."""
        self._do(self._hands.shown(view, self._clock_s()))
        self._signs = headset_signs(view)
        self._show_signs()

    def record(self, is_recording: bool) -> None:
        """The operator chooses a combination now: ours are told to `on_recorded`, and do nothing."""
        self._is_recording = is_recording

    # --- inside ----------------------------------------------------------------------------

    async def _bind(self) -> None:
        wanted = dict(self._wanted)
        self._do(self._hands.let_go())
        doubles = twice(wanted)
        try:
            bound = await self._keys.bind({key: one for key, one in wanted.items() if key not in doubles})
        except Exception:
            # Outermost: whatever a system's library objects to, calls are answered without hot keys.
            log.exception("hot_keys.failed")
            bound = Bound(dict.fromkeys(wanted, KeyProblem.REFUSED))
        bound = Bound({**bound.problems, **dict.fromkeys(doubles, KeyProblem.TWICE)}, bound.names)
        log.info("hot_keys.bound", extra={"keys": sorted(wanted), "problems": dict(bound.problems)})
        self._tell(KeysState(wanted, bound, self.state.headset))

    def _tell(self, state: KeysState) -> None:
        self.state = state
        for listener in self.on_state:
            listener(state)

    def _do(self, wishes: Sequence[Wish]) -> None:
        for wish in wishes:
            log.info("hands_free.wish", extra={"session_id": wish.session_id, "action": wish.action})
            self._actions.act_at_desk(wish.session_id, wish.action)

    def _show_signs(self) -> None:
        signs = self._signs if self._has_headset else HeadsetSigns()
        for headset in self._headsets:
            headset.show(signs)

    # --- what is pressed ---------------------------------------------------------------------

    def _on_pressed(self, key: HotKey) -> None:
        if not self._is_recording:
            self._do(self._hands.pressed(key, self._clock_s()))
        elif key in self._wanted:
            for listener in self.on_recorded:
                listener(self._wanted[key])

    def _on_released(self, key: HotKey) -> None:
        self._do(self._hands.released(key))

    def _on_lost(self) -> None:
        self._do(self._hands.let_go())
        asyncio.get_running_loop().call_later(AGAIN_S, self._changed.set)

    def _on_button(self, button: HeadsetButton) -> None:
        if self._has_headset:
            self._do(self._hands.button(button, self._clock_s()))

    def _on_problem(self, place: int, problem: HeadsetProblem | None) -> None:
        self._problems[place] = problem
        there = frozenset(one for one in self._problems.values() if one is not None)
        if there != self.state.headset:
            log.info("headset.problems", extra={"problems": sorted(there)})
            self._tell(KeysState(self.state.shortcuts, self.state.bound, there))
