"""What the operating system lends: folders, settings, keys, logs, the display, one instance."""
