"""What the windows for settings say of a key that works."""

from __future__ import annotations

import pytest

from connector_gui.app.settings_desk import agents_found


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], "It has no agents yet."),
        (["Billing"], "One agent found: Billing."),
        (["Billing", "Support"], "2 agents found: Billing, Support."),
        (["Billing", "Support", "Sales", "Night"], "4 agents found, among them Billing, Support, Sales."),
    ],
)
def test_the_agents_of_a_key_are_counted_and_the_first_are_named(names: list[str], said: str) -> None:
    assert agents_found(names) == said
