"""The guided start: a few pages from an empty program to a first call."""
