"""What this system shows notifications with.

Imported with the windows, before anything runs: the keyring's thread imports the same library for D-Bus, and two
threads that import it at once can end up with halves of it.
"""

from __future__ import annotations

import logging
import sys

from connector_gui.system.notifications import NoNotices, NoticeService

if sys.platform != "win32" and sys.platform != "darwin":
    from connector_gui.system.freedesktop_notices import FreedesktopNotices

log = logging.getLogger(__name__)


def system_service() -> NoticeService:
    """The service of this system; `NoNotices` where its library does not work."""
    if sys.platform != "win32" and sys.platform != "darwin":
        return FreedesktopNotices()
    try:
        from connector_gui.system.library_notices import LibraryNotices

        return LibraryNotices()
    except Exception:
        # Outermost: whatever a system's library objects to, calls ring without its notifications.
        log.exception("notice.no_service")
        return NoNotices()
