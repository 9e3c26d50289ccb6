"""Decisions and values. Standard library and pydantic only: no I/O, no clock, no threads, no Qt."""
