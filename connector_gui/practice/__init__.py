"""The practice agent: a server on loopback that speaks the agent's whole protocol, and says back what it hears.

    REST ── rest ─────┐                       ┌── dialogue: what is said, and when (pure)
    control_routes ── control ── registry ── session ── speaker: how fast it is sent
                                   │          └── turns: when the caller speaks
                             conversation: what is known of one, live and afterwards

It serves the newcomer without a key, the operator who checks a headset, and the tests, which script its faults.
"""
