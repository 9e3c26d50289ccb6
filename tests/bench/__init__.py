"""Measures the real program on a virtual desktop with virtual sound devices: ``python -m tests.bench``.

    __main__      the command line: which groups, in which order, table and JSON
    figures       what a figure is, and how a table of them looks
    surroundings  desktop, sound server, agent, and the program in the middle
    agent         the practice agent in a process of its own, in ElevenLabs' place
    sound         what is said into the microphone and heard from the speaker, to the millisecond
    signals       bursts, onsets, silence: found in samples
    floor start latency interruption isolation echo cpu_memory webhook …      one group of figures each

A group is a module with `measure`, which yields figures; its docstring says what they mean.
"""
