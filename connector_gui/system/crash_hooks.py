"""Errors that nobody caught, in any thread or task, end in the log and not on the screen."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

log = logging.getLogger(__name__)


@contextmanager
def crash_hooks(on_crash: Callable[[BaseException], None] | None = None) -> Iterator[None]:
    """Log every uncaught error of this process while the context lasts.

    Args:
        on_crash: Given each error in a slot or on a thread after it has been logged, in the thread it happened.
    """

    def on_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt | SystemExit):
            sys.__excepthook__(kind, error, trace)
            return
        log.critical("crash.uncaught", exc_info=(kind, error, trace))
        if on_crash is not None:
            on_crash(error)

    def on_thread(args: threading.ExceptHookArgs) -> None:
        if issubclass(args.exc_type, SystemExit):
            return
        name = args.thread.name if args.thread else "?"
        error = args.exc_value or args.exc_type()
        log.critical("crash.thread", exc_info=error, extra={"thread_name": name})
        if on_crash is not None:
            on_crash(error)

    def on_unraisable(args: sys.UnraisableHookArgs) -> None:
        where = getattr(args.object, "__qualname__", type(args.object).__name__)
        log.error("crash.unraisable", exc_info=args.exc_value, extra={"where": where})

    before = sys.excepthook, threading.excepthook, sys.unraisablehook
    sys.excepthook, threading.excepthook, sys.unraisablehook = on_uncaught, on_thread, on_unraisable
    try:
        yield
    finally:
        sys.excepthook, threading.excepthook, sys.unraisablehook = before


def on_loop_error(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what a task or callback raised that nobody awaited; for ``loop.set_exception_handler``."""
    error = context.get("exception")
    task = context.get("task") or context.get("future")
    name = task.get_name() if isinstance(task, asyncio.Task) else ""
    log.error(
        "crash.loop",
        exc_info=error if isinstance(error, BaseException) else None,
        extra={"reason": str(context.get("message", "")), "task_name": name},
    )
