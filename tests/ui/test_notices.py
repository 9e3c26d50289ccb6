"""What notifications say: the call that rings, then the ones that were missed, each as long as it is news."""

from __future__ import annotations

from typing import Any

from connector_gui.core.call import Outcome
from connector_gui.core.notice import Notice
from connector_gui.ui.notices import DeskNotices
from tests.fakes.desk_views import ended, idle, in_call, recent_calls, ringing, talking

SUPPORT: Any = {"agent_name": "Support", "metadata": {"name": "Jo Park"}}


def shown(notices: list[Notice]) -> list[tuple[str, str]]:
    return [(notice.title, notice.text) for notice in notices]


def test_a_ring_has_who_calls_and_both_answers() -> None:
    (notice,) = DeskNotices().notices(idle(calls=(ringing(),)), with_ring=True)
    assert notice == Notice(
        key="ring:crm-42",
        title="Incoming call: Billing",
        text="Mara Lindqvist · invoice 4711 · balance 12.5\nfrom n8n",
        buttons=(("accept", "Accept"), ("decline", "Decline")),
        stays=True,
    )


def test_of_several_rings_the_next_one_is_shown_with_how_many_wait() -> None:
    view = idle(calls=(ringing("b", **SUPPORT), ringing(), ringing("c")))
    (notice,) = DeskNotices().notices(view, with_ring=True)
    assert (notice.key, notice.text) == ("ring:b", "Jo Park\nfrom n8n\n2 more waiting")


def test_a_ring_during_a_conversation_waits() -> None:
    (notice,) = DeskNotices().notices(idle(calls=(talking(), ringing("b", **SUPPORT))), with_ring=True)
    assert notice.title == "Another call waits: Support"


def test_a_ring_that_nobody_can_accept_now_offers_what_can_be_done_and_says_why() -> None:
    view = idle(calls=(talking(), ringing("b", has_place=False, **SUPPORT)))
    (notice,) = DeskNotices().notices(view, with_ring=True)
    assert notice.buttons == (("decline", "Decline"),)
    assert notice.text.endswith("The desk is full: end a call before you accept the next one.")


def test_a_ring_that_is_shown_elsewhere_or_answered_has_no_notice() -> None:
    notices = DeskNotices()
    assert notices.notices(idle(calls=(ringing(),)), with_ring=False) == []
    assert notices.notices(in_call(), with_ring=True) == []


def test_words_of_callers_hold_no_markup() -> None:
    view = idle(calls=(ringing(agent_name="<b>A & B</b>", metadata={"name": "<img src=x>\u202e\n!"}, placed_by=""),))
    assert shown(DeskNotices().notices(view, with_ring=True)) == [("Incoming call: ‹b›A + B‹/b›", "‹img src=x› !")]


def test_a_missed_call_is_news_until_it_is_seen() -> None:
    notices, missed = DeskNotices(), ended(Outcome.MISSED)
    notices.notices(idle(calls=(ringing(),)), with_ring=True)
    # It is over, and the record does not know yet.
    assert notices.notices(idle(), with_ring=True) == []
    view = idle(last_ended=missed, recent=(missed,), unseen_missed=1)
    for _ in range(2):
        assert shown(notices.notices(view, with_ring=True)) == [
            ("Missed call · Billing", "Mara Lindqvist · invoice 4711 · balance 12.5\nfrom n8n")
        ]
    notices.mark_seen()
    assert notices.notices(view, with_ring=True) == []


def test_missed_calls_that_were_seen_in_the_history_are_no_news() -> None:
    notices, missed = DeskNotices(), ended(Outcome.MISSED)
    notices.notices(idle(calls=(ringing(),)), with_ring=True)
    assert notices.notices(idle(recent=(missed,), unseen_missed=1), with_ring=True)
    assert notices.notices(idle(recent=(missed,), unseen_missed=0), with_ring=True) == []


def test_many_missed_calls_share_one_notice() -> None:
    notices = DeskNotices()
    names = [f"n{number}" for number in range(6)]
    notices.notices(idle(calls=tuple(ringing(name, **SUPPORT) for name in names)), with_ring=True)
    missed = tuple(ended(Outcome.MISSED, name, **SUPPORT) for name in names)
    (notice,) = notices.notices(idle(recent=missed, unseen_missed=6), with_ring=True)
    assert (notice.key, notice.title) == ("missed", "6 missed call(s)")
    assert notice.text.splitlines() == ["Support · Jo Park"] * 4 + ["and 2 more"]


def test_only_calls_that_rang_here_and_were_missed_are_told() -> None:
    notices = DeskNotices()
    # Missed before the program started.
    assert notices.notices(idle(recent=recent_calls(), unseen_missed=1), with_ring=True) == []
    for outcome in (Outcome.DECLINED, Outcome.CANCELLED, Outcome.COMPLETED):
        notices.notices(idle(calls=(ringing("x"),), unseen_missed=1), with_ring=True)
        assert notices.notices(idle(recent=(ended(outcome, "x"),), unseen_missed=1), with_ring=True) == []
