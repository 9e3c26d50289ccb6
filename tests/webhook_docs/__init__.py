"""Writes ``docs/webhook.md``: ``python -m tests.webhook_docs``.

    page.md       what is said, with places for what is shown
    office        a webhook over the real switchboard, without devices
    scenes        what is asked of it, and what it answers
    routes, page  the routes in the words of `connector_gui.webhook.catalogue`; everything put together

Nobody writes an example by hand: a test makes the page anew and fails where the one in ``docs`` differs.
"""
