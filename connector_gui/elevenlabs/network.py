"""What a connection that fails means, for REST and socket alike, in words the operator can act on.

The exceptions of aiohttp and websockets end here. They are not chained: their texts may hold a signed URL, and
aiohttp's carry the request with its key.
"""

from __future__ import annotations

import asyncio
import errno
import functools
import socket
import ssl
from typing import Final

import aiohttp
import websockets

from connector_gui.core.errors import AgentError
from connector_gui.elevenlabs.refusals import PORTAL

TIMED_OUT: Final = "ElevenLabs did not answer within {:g} seconds. Check the internet connection, then try again."
ONLINE: Final = "Check the internet connection"


def timed_out(limit_s: float) -> AgentError:
    """The time for a request or a connection is over."""
    return AgentError(TIMED_OUT.format(limit_s), code="elevenlabs_timeout", status=504)


def unreachable(error: Exception, host: str) -> AgentError:
    """The error that *error*, raised while talking to *host*, stands for."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return _untrusted(error.certificate_error, host)
        case aiohttp.ClientProxyConnectionError() | aiohttp.ClientHttpProxyError() | websockets.ProxyError():
            return _proxy_failed(error)
        case websockets.InvalidMessage(__cause__=EOFError() | OSError()):
            return _by_cause(ConnectionError(), host)
        case websockets.InvalidHandshake() | aiohttp.ClientResponseError():
            return AgentError(f"What {host} answered is not ElevenLabs' protocol. {PORTAL}")
        case _:
            return _by_cause(cause, host)


def _by_cause(cause: Exception, host: str) -> AgentError:
    match cause:
        case ssl.SSLCertVerificationError():
            return _untrusted(cause, host)
        case ssl.SSLError():
            return AgentError(
                f"No secure connection to {host} could be made. A proxy or security program on the way may be breaking "
                "it; check also ELEVENLABS_BASE_URL."
            )
        case socket.gaierror():
            return AgentError(f"The address {host} cannot be found. {ONLINE} and the name server, then try again.")
        case ConnectionRefusedError():
            return AgentError(f"{host} refuses connections. Check ELEVENLABS_BASE_URL, firewall and proxy settings.")
        case OSError(errno=errno.ENETUNREACH | errno.EHOSTUNREACH):
            return AgentError(f"There is no way to {host} from here. {ONLINE}, then try again.")
        case _:
            return AgentError(f"The connection to {host} broke. {ONLINE}, then try again.")


def _untrusted(error: Exception, host: str) -> AgentError:
    why = error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else "certificate not valid"
    return AgentError(
        f"{host} could not prove that it is ElevenLabs ({why}). Check this computer's clock, and whether a proxy or "
        "security program opens secure connections."
    )


def _proxy_failed(error: Exception) -> AgentError:
    if isinstance(error, aiohttp.ClientHttpProxyError):
        status: int | None = error.status
    else:
        status = error.response.status_code if isinstance(error, websockets.InvalidProxyStatus) else None
    if status == 407:
        return AgentError("The proxy of this network wants a name and password: set them in HTTPS_PROXY.")
    number = f" (HTTP {status})" if status else ""
    return AgentError(f"The proxy of this network does not let ElevenLabs through{number}. Check HTTPS_PROXY.")


@functools.cache
def _default_tls() -> ssl.SSLContext:
    return ssl.create_default_context()


async def default_tls() -> ssl.SSLContext:
    """The system's trusted certificates; read once, in a thread, for it takes tens of milliseconds."""
    return await asyncio.to_thread(_default_tls)
