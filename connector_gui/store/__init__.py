"""The record of calls on disk. Cheap to import: SQLAlchemy is loaded when a store is opened."""

from connector_gui.store.store import Store

__all__ = ["Store"]
