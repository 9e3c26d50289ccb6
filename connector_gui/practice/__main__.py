"""The practice agent on its own: ``python -m connector_gui.practice``; prints its base URL and serves until ended."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys

from connector_gui.practice.server import PracticeServer


def main() -> int:
    """Serve until SIGINT or SIGTERM; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m connector_gui.practice", description="The practice agent.")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes any that is free")
    parser.add_argument("--control", action="store_true", help="offer the control interface for tests over HTTP")
    arguments = parser.parse_args()
    try:
        asyncio.run(_serve(arguments.port, with_control_routes=arguments.control))
    except OSError as error:
        sys.stderr.write(f"The practice agent cannot listen on port {arguments.port}: {error.strerror}.\n")
        return 1
    except KeyboardInterrupt:
        pass  # where the loop takes no signal handlers
    return 0


async def _serve(port: int, *, with_control_routes: bool) -> None:
    server = PracticeServer(port=port, with_control_routes=with_control_routes)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    sys.stdout.write(f"{await server.start()}\n")
    sys.stdout.flush()
    await stop.wait()
    await server.stop()


if __name__ == "__main__":
    sys.exit(main())
