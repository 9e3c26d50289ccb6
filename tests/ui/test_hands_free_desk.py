"""Hot keys and headset buttons between the system that lends them and the desk that acts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

import pytest

from connector_gui.app import hands_free
from connector_gui.app.hands_free import HandsFreeDesk, KeysState
from connector_gui.core.hands_free import HeadsetButton, HeadsetProblem, HeadsetSigns, HotKey, KeyProblem
from connector_gui.core.service import Action
from connector_gui.core.settings import Settings
from connector_gui.core.shortcut import Shortcut
from connector_gui.core.view import DeskView
from connector_gui.system.hot_keys import Bound, NoHotKeys
from tests.core.test_hands_free import CONNECTS, RINGS, TALKS, TALKS_MUTED

KEYS = {"hot_key_accept": "Ctrl+Alt+A", "hot_key_end": "Ctrl+Alt+E", "hot_key_talk": "F9"}


class FakeKeys(NoHotKeys):
    """A system that lends what is asked for, but for what others have."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: set[str] = set()
        self.bound: list[dict[HotKey, Shortcut]] = []
        self.breaks = False
        self.is_closed = False

    async def bind(self, bindings: Mapping[HotKey, Shortcut]) -> Bound:
        if self.breaks:
            raise RuntimeError("a library that objects")
        self.bound.append(dict(bindings))
        return Bound({key: KeyProblem.TAKEN for key, one in bindings.items() if str(one) in self.taken})

    async def aclose(self) -> None:
        self.is_closed = True


class FakeHeadset:
    """A headset that shows what it is told."""

    def __init__(self) -> None:
        self.on_button: Callable[[HeadsetButton], None] = lambda _button: None
        self.on_problem: Callable[[HeadsetProblem | None], None] = lambda _problem: None
        self.shown = HeadsetSigns()

    def show(self, signs: HeadsetSigns) -> None:
        self.shown = signs

    async def run(self) -> None:
        await asyncio.Event().wait()


class Office:
    """The desk, and what it was asked to do."""

    def __init__(self) -> None:
        self.done: list[tuple[str, Action]] = []
        self.keys, self.headset = FakeKeys(), FakeHeadset()
        self.now_s = 0.0
        self.desk = HandsFreeDesk(self, self.keys, [self.headset], lambda: self.now_s)
        self.states: list[KeysState] = []
        self.desk.on_state.append(self.states.append)

    def act_at_desk(self, session_id: str, action: Action) -> None:
        self.done.append((session_id, action))

    async def use(self, **settings: object) -> KeysState:
        """Settings that change keys; the state that comes of it."""
        known = len(self.states)
        self.desk.use(Settings.model_validate(settings))
        return await self.after(known)

    async def after(self, known: int) -> KeysState:
        async with asyncio.timeout(5):
            while len(self.states) == known:
                await asyncio.sleep(0)
        return self.states[-1]


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = Office()
    task = asyncio.create_task(office.desk.run())
    yield office
    task.cancel()
    await asyncio.wait([task])
    assert office.keys.is_closed


async def test_keys_do_what_buttons_do(office: Office) -> None:
    await office.use(**KEYS)
    office.desk.show_view(RINGS)
    office.keys.on_pressed(HotKey.ACCEPT)
    office.keys.on_released(HotKey.ACCEPT)
    office.desk.show_view(CONNECTS)
    office.keys.on_pressed(HotKey.END)
    assert office.done == [("r", Action.ACCEPT)], "pressed twice, it did not end"
    office.keys.on_released(HotKey.END)
    office.now_s = 1.0
    office.keys.on_pressed(HotKey.END)
    assert office.done[1:] == [("a", Action.END)]


async def test_a_change_holds_at_once_and_no_other_change_asks_for_keys(office: Office) -> None:
    await office.use(**KEYS)
    office.desk.use(Settings(**KEYS, wrap_up_s=5))
    state = await office.use(**(KEYS | {"hot_key_end": ""}))
    assert [sorted(keys) for keys in office.keys.bound] == [["accept", "end", "talk"], ["accept", "talk"]]
    assert HotKey.END not in state.working


async def test_what_is_taken_or_used_twice_is_told_and_the_rest_works(office: Office) -> None:
    office.keys.taken = {"Ctrl+Alt+E"}
    state = await office.use(**KEYS, hot_key_mute="ctrl+alt+a")
    assert state.bound.problems == {HotKey.END: KeyProblem.TAKEN, HotKey.MUTE: KeyProblem.TWICE}
    assert sorted(state.working) == [HotKey.ACCEPT, HotKey.TALK]


async def test_a_library_that_objects_takes_nothing_down(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    office.keys.breaks = True
    state = await office.use(**KEYS)
    assert set(state.bound.problems.values()) == {KeyProblem.REFUSED}
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == ["hot_keys.failed"]
    caplog.clear()
    office.keys.breaks = False
    assert not (await office.use(hot_key_accept="F9")).bound.problems


async def test_keys_that_were_lost_are_let_go_and_asked_for_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hands_free, "AGAIN_S", 0.01)
    await office.use(**KEYS)
    office.desk.show_view(TALKS_MUTED)
    office.keys.on_pressed(HotKey.TALK)
    office.desk.show_view(TALKS)
    known = len(office.states)
    office.keys.on_lost()
    assert office.done == [("a", Action.UNMUTE), ("a", Action.MUTE)], "nobody holds the key any more"
    await office.after(known)
    assert len(office.keys.bound) == 2


async def test_while_a_combination_is_chosen_ours_are_told_and_do_nothing(office: Office) -> None:
    recorded: list[Shortcut] = []
    office.desk.on_recorded.append(recorded.append)
    await office.use(**KEYS)
    office.desk.show_view(RINGS)
    office.desk.record(True)
    office.keys.on_pressed(HotKey.ACCEPT)
    assert recorded == [Shortcut.parse("Ctrl+Alt+A")]
    assert office.done == []
    office.desk.record(False)
    office.keys.on_pressed(HotKey.ACCEPT)
    assert office.done == [("r", Action.ACCEPT)]


async def test_a_headset_follows_the_desk_unless_it_is_switched_off(office: Office) -> None:
    office.desk.use(Settings())
    office.desk.show_view(RINGS)
    assert office.headset.shown == HeadsetSigns(is_ringing=True)
    office.headset.on_button(HeadsetButton.HOOK)
    assert office.done == [("r", Action.ACCEPT)]
    office.desk.use(Settings(headset_buttons=False))
    assert office.headset.shown == HeadsetSigns()
    office.headset.on_button(HeadsetButton.HOOK)
    assert len(office.done) == 1
    office.desk.use(Settings())
    office.desk.show_view(DeskView())
    assert office.headset.shown.is_idle


async def test_what_keeps_a_headset_from_us_is_told_and_taken_back(office: Office) -> None:
    office.headset.on_problem(HeadsetProblem.NO_PERMISSION)
    office.headset.on_problem(HeadsetProblem.NO_PERMISSION)
    office.headset.on_problem(None)
    assert [state.headset for state in office.states] == [frozenset({HeadsetProblem.NO_PERMISSION}), frozenset()]
