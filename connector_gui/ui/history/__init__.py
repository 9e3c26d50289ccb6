"""The record of calls as a window: find, read and hear again, annotate, export, delete."""
