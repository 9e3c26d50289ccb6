"""Whether a conversation may begin: overrides and variables against the agent's settings.

Source: the error types of the AsyncAPI contract; the wording for a missing variable is the one users have met.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from connector_gui.core.agent_api import Agent
from connector_gui.core.messages import ConversationInitiation, ErrorMessage

POLICY_VIOLATION: Final = 1008
_VARIABLE: Final = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def refusal(agent: Agent, initiation: ConversationInitiation, *, takes_overrides: bool) -> ErrorMessage | None:
    """Why *agent* does not begin a conversation like this; None if it does.

    Args:
        takes_overrides: Any override is welcome, whatever the agent's settings say.
    """
    forbidden = None if takes_overrides else _forbidden_override(agent, initiation)
    return forbidden or _missing_variable(agent, initiation)


def _forbidden_override(agent: Agent, initiation: ConversationInitiation) -> ErrorMessage | None:
    allowed = agent.platform_settings.overrides
    for path in initiation.conversation_config_override.leaves():
        if not allowed.allows(path):
            return _error("override_error", f"Override for field '{path.rsplit('.', 1)[-1]}' is not allowed by config.")
    if initiation.custom_llm_extra_body and not allowed.custom_llm_extra_body:
        return _error("override_error", "Override for field 'custom_llm_extra_body' is not allowed by config.")
    return None


def _missing_variable(agent: Agent, initiation: ConversationInitiation) -> ErrorMessage | None:
    for place, template in (
        ("first message", first_message(agent, initiation)),
        ("prompt", agent.conversation_config.agent.prompt.prompt),
    ):
        missing = _names(template) - initiation.dynamic_variables.keys()
        if missing:
            names = "{" + ", ".join(f"'{name}'" for name in sorted(missing)) + "}"
            return _error("missing_dynamic_variable", f"Missing required dynamic variables in {place}: {names}")
    return None


def first_message(agent: Agent, initiation: ConversationInitiation) -> str:
    """The agent's first message, or the one that the client wants instead, with its variables as they stand."""
    wanted = initiation.conversation_config_override.leaves().get("agent.first_message")
    return wanted if isinstance(wanted, str) else agent.conversation_config.agent.first_message


def filled_in(template: str, initiation: ConversationInitiation) -> str:
    """*template* with the values of its variables."""
    return _VARIABLE.sub(lambda match: str(initiation.dynamic_variables[match[1]]), template)


def _names(template: str) -> set[str]:
    # The service fills in its own.
    return {name for name in _matches(template) if not name.startswith("system__")}


def _matches(template: str) -> Iterable[str]:
    return _VARIABLE.findall(template)


def _error(error_type: str, text: str) -> ErrorMessage:
    return ErrorMessage(code=POLICY_VIOLATION, error_type=error_type, message=text, reason=text)
