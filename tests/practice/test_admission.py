"""Who is let in: overrides and variables."""

from __future__ import annotations

from typing import Any

import pytest

from connector_gui.core.agent_api import (
    Agent,
    AgentConfig,
    AgentSettings,
    OverrideSettings,
    PlatformSettings,
    PromptConfig,
)
from connector_gui.core.messages import ConfigOverride, ConversationInitiation
from connector_gui.practice.admission import filled_in, first_message, refusal


def agent(first: str = "Hi", prompt: str = "", **allowed: Any) -> Agent:
    return Agent(
        agent_id="a",
        conversation_config=AgentSettings(agent=AgentConfig(first_message=first, prompt=PromptConfig(prompt=prompt))),
        platform_settings=PlatformSettings(overrides=OverrideSettings(**allowed)),
    )


def opening(override: dict[str, Any] | None = None, **variables: str | int) -> ConversationInitiation:
    return ConversationInitiation(
        conversation_config_override=ConfigOverride.model_validate(override or {}), dynamic_variables=dict(variables)
    )


def test_an_empty_opening_is_let_in() -> None:
    assert refusal(agent(), opening(), takes_overrides=False) is None
    # The official JavaScript client keeps empty objects.
    assert refusal(agent(), opening({"agent": {}, "tts": {}, "conversation": {}}), takes_overrides=False) is None


@pytest.mark.parametrize(
    ("override", "field"),
    [
        ({"agent": {"language": "de"}}, "language"),
        ({"agent": {"prompt": {"prompt": "p"}}}, "prompt"),
        ({"tts": {"speed": 1.1}}, "speed"),
        ({"text_only": True}, "text_only"),
    ],
)
def test_an_override_that_is_not_allowed_is_refused_by_name(override: dict[str, Any], field: str) -> None:
    error = refusal(agent(), opening(override), takes_overrides=False)
    assert error is not None
    assert (error.code, error.error_type) == (1008, "override_error")
    assert f"'{field}'" in error.text
    assert refusal(agent(), opening(override), takes_overrides=True) is None


def test_an_override_that_is_allowed_is_let_in() -> None:
    german = opening({"agent": {"language": "de"}})
    allowed = {"agent": {"language": True}}
    assert refusal(agent(conversation_config_override=allowed), german, takes_overrides=False) is None


def test_an_extra_body_needs_its_own_permission() -> None:
    extra = ConversationInitiation(custom_llm_extra_body={"temperature": 1})
    assert refusal(agent(), extra, takes_overrides=False) is not None
    assert refusal(agent(custom_llm_extra_body=True), extra, takes_overrides=False) is None


def test_a_missing_variable_is_refused_in_the_services_words() -> None:
    error = refusal(agent("Hello {{username}} of {{ city }}"), opening(city="Ulm"), takes_overrides=True)
    assert error is not None
    assert (error.code, error.error_type) == (1008, "missing_dynamic_variable")
    assert error.text == "Missing required dynamic variables in first message: {'username'}"


def test_variables_of_the_prompt_are_needed_too_but_not_the_services_own() -> None:
    assert refusal(agent(prompt="{{system__time}}"), opening(), takes_overrides=True) is None
    error = refusal(agent(prompt="{{topic}}"), opening(), takes_overrides=True)
    assert error is not None
    assert "in prompt" in error.text


def test_the_first_message_may_be_overridden_and_is_filled_in() -> None:
    start = opening({"agent": {"first_message": "Hello {{name}}, {{count}}"}}, name="Mara", count=3)
    assert filled_in(first_message(agent(), start), start) == "Hello Mara, 3"
    assert first_message(agent("Hi"), opening()) == "Hi"
    assert first_message(agent("Hi"), opening({"agent": {"first_message": ""}})) == ""
