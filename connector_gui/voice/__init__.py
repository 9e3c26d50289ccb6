"""Sound in and out: the voice thread, devices, lines, the ring."""
