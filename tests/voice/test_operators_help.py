"""What the operator does for the agent during a call: text, typing, ratings, volume; as it arrives at the other end."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from connector_gui.core.call_reports import OperatorTyped
from connector_gui.core.messages import ContextualUpdate, Feedback, UserActivity, UserMessage
from connector_gui.core.record import Score
from connector_gui.core.voice import SoundSettings
from connector_gui.practice.scenarios import SCENARIOS
from tests.fakes.practice import Practice
from tests.fakes.sound import HEADSET, MICROPHONE, SPEAKER
from tests.voice.room import CALL, CHUNK_MS, loud_ms, room
from tests.voice.test_conversations import conversation


async def test_text_reaches_the_agent_and_the_transcript_says_how(practice: Practice) -> None:
    async with room(practice.base_url) as desk:
        await desk.accept()
        await desk.until(desk.is_active)
        desk.board.typing_at_desk(CALL)
        desk.board.message_at_desk(CALL, "Her name is Zoë.", "contextual_update")
        desk.board.message_at_desk(CALL, "Invoice 4711, please.", "user_message")
        await desk.until(lambda: len(desk.told(OperatorTyped)) == 2)
        agent = conversation(desk, practice)
        await desk.until(lambda: agent.messages(UserMessage))
        assert [update.text for update in agent.messages(ContextualUpdate)] == ["Her name is Zoë."]
        assert [message.text for message in agent.messages(UserMessage)] == ["Invoice 4711, please."]
        assert len(agent.messages(UserActivity)) == 1

        async def kinds() -> list[tuple[str, str]]:
            return [(entry.kind, entry.text) for entry in (await desk.whole()).transcript if entry.role == "user"]

        wanted = [("contextual_update", "Her name is Zoë."), ("user_message", "Invoice 4711, please.")]
        while await kinds() != wanted:
            await desk.caught_up()


async def test_a_rating_is_sent_kept_with_its_turn_and_taken_back(practice: Practice) -> None:
    async with room(practice.base_url) as desk:
        await desk.accept()
        await desk.until(lambda: any(entry.event_id == 1 for entry in desk.shown().record.transcript))
        scores: tuple[Score, ...] = ("like", "dislike", None)
        for score in scores:
            desk.board.rate_turn(CALL, 1, score)
            await desk.until(lambda score=score: desk.shown().record.transcript[0].rating == score)  # type: ignore[misc]
            assert (await desk.whole()).transcript[0].rating == score
        agent = conversation(desk, practice)
        await desk.until(lambda: len(agent.messages(Feedback)) == 3)
        assert [(sent.event_id, sent.score) for sent in agent.messages(Feedback)] == [(1, score) for score in scores]


async def test_a_refusal_to_send_is_shown(practice: Practice) -> None:
    practice.control.script(SCENARIOS["never_metadata"])
    refused: list[str] = []
    async with room(practice.base_url) as desk:
        desk.board.views.on_refusal.append(refused.append)
        await desk.accept()
        desk.board.typing_at_desk(CALL)
        desk.board.message_at_desk(CALL, "Hello?", "user_message")
        await desk.until(lambda: refused)
        assert "while the conversation runs" in refused[0]


async def test_the_agents_volume_is_what_is_played_and_what_the_far_end_is(practice: Practice) -> None:
    async with room(practice.base_url) as desk:
        await desk.accept()
        await desk.until(lambda: loud_ms(desk.heard()) > 200)
        desk.board.set_volume(CALL, 0)
        assert desk.shown().volume == 0
        await desk.caught_up()
        frame = desk.heard().size + 4_800
        await desk.until(lambda: desk.heard().size > frame + 9_600)
        assert not desk.heard(frame)[:9_600].any()
        desk.board.set_volume(CALL, 100)
        await desk.until(lambda: np.abs(desk.heard(frame)).max() > 1_000)


async def test_a_device_that_is_chosen_during_the_call_is_used(practice: Practice) -> None:
    async with room(practice.base_url) as desk:
        await desk.accept()
        await desk.until(lambda: desk.shown().output_device == SPEAKER.name)
        chosen = SoundSettings(ring_device=HEADSET.name, chunk_ms=CHUNK_MS, output_device=HEADSET.name)
        desk.voice.configure(chosen)
        await desk.until(lambda: desk.shown().output_device == HEADSET.name)
        assert desk.shown().input_device == MICROPHONE.name
        assert [stream.device.name for stream in desk.sound.streams] == [MICROPHONE.name, HEADSET.name]
        desk.voice.configure(replace(chosen, output_device=""))
        await desk.until(lambda: desk.shown().output_device == SPEAKER.name)


async def test_the_devices_in_use_are_shown_by_name(practice: Practice) -> None:
    async with room(practice.base_url) as desk:
        await desk.accept()
        await desk.until(lambda: desk.shown().input_device)
        assert (desk.shown().input_device, desk.shown().output_device) == (MICROPHONE.name, SPEAKER.name)
