"""Recordings of calls: written while they run, finished after a crash, looked at as a whole."""
