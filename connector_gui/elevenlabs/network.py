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

import aiohttp
import websockets

from connector_gui.core.errors import AgentError
from connector_gui.core.sentence import sentence
from connector_gui.elevenlabs.refusals import PORTAL, PROXY_LOGIN


def timed_out(limit_s: float) -> AgentError:
    """The time for a request or a connection is over."""
    told = sentence(
        "ElevenLabs did not answer within {seconds} seconds. Check the internet connection, then try again.",
        seconds=f"{limit_s:g}",
    )
    return AgentError(told, code="elevenlabs_timeout", status=504)


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
            return AgentError(
                sentence("What {host} answered is not ElevenLabs' protocol. {portal}", host=host, portal=PORTAL)
            )
        case _:
            return _by_cause(cause, host)


def _by_cause(cause: Exception, host: str) -> AgentError:
    match cause:
        case ssl.SSLCertVerificationError():
            return _untrusted(cause, host)
        case ssl.SSLError():
            return AgentError(
                sentence(
                    "No secure connection to {host} could be made. A proxy or security program "
                    "on the way may be breaking it; check also ELEVENLABS_BASE_URL.",
                    host=host,
                )
            )
        case socket.gaierror():
            return AgentError(
                sentence(
                    "The address {host} cannot be found. Check the internet "
                    "connection and the name server, then try again.",
                    host=host,
                )
            )
        case ConnectionRefusedError():
            return AgentError(
                sentence(
                    "{host} refuses connections. Check ELEVENLABS_BASE_URL, firewall and proxy settings.", host=host
                )
            )
        case OSError(errno=errno.ENETUNREACH | errno.EHOSTUNREACH):
            return AgentError(
                sentence(
                    "There is no way to {host} from here. Check the internet connection, then try again.", host=host
                )
            )
        case _:
            return AgentError(
                sentence("The connection to {host} broke. Check the internet connection, then try again.", host=host)
            )


def _untrusted(error: Exception, host: str) -> AgentError:
    why = error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else sentence("certificate not valid")
    return AgentError(
        sentence(
            "{host} could not prove that it is ElevenLabs ({why}). Check this computer's clock, "
            "and whether a proxy or security program opens secure connections.",
            host=host,
            why=why,
        )
    )


def _proxy_failed(error: Exception) -> AgentError:
    if isinstance(error, aiohttp.ClientHttpProxyError):
        status: int | None = error.status
    else:
        status = error.response.status_code if isinstance(error, websockets.InvalidProxyStatus) else None
    if status == 407:
        return AgentError(PROXY_LOGIN)
    if status:
        return AgentError(
            sentence(
                "The proxy of this network does not let ElevenLabs through (HTTP {status}). Check HTTPS_PROXY.",
                status=status,
            )
        )
    return AgentError(sentence("The proxy of this network does not let ElevenLabs through. Check HTTPS_PROXY."))


@functools.cache
def _default_tls() -> ssl.SSLContext:
    return ssl.create_default_context()


async def default_tls() -> ssl.SSLContext:
    """The system's trusted certificates; read once, in a thread, for it takes tens of milliseconds."""
    return await asyncio.to_thread(_default_tls)
