"""Tray, panel, settings: shows state, emits requests, decides nothing."""
