"""The composition root: what exists, and who meets whom; see `composition`."""
