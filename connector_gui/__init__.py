"""Agent Connector: a desk for AI voice calls."""

__version__ = "0.1.0"
