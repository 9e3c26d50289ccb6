"""The webhook's certificate: used as given, or refused in words that say what is wrong with it."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Final

from connector_gui.core.sentence import sentence
from connector_gui.webhook.sockets import ListenError

_EXPIRED: Final = 10
_NOT_YET_VALID: Final = 9
"""``X509_V_ERR_…`` of OpenSSL's x509_vfy.h."""
_EXPIRED_WORDS: Final = sentence(
    "The certificate in TLS_CERT_FILE has expired, so callers would refuse it. "
    "Renew it, or check this computer's clock."
)
_TOO_EARLY_WORDS: Final = sentence(
    "The certificate in TLS_CERT_FILE is not valid yet, so callers would refuse it. "
    "Renew it, or check this computer's clock."
)


def server_tls(cert_file: Path, key_file: Path) -> ssl.SSLContext:
    """The TLS side of the webhook. Reads files: run it in a thread.

    Raises:
        ListenError: The files cannot be read, do not belong together, the key wants a passphrase, or the
            certificate is out of date.
    """
    _check_readable("TLS_CERT_FILE", cert_file)
    _check_readable("TLS_KEY_FILE", key_file)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        # Without a callback OpenSSL would ask for the passphrase on the terminal.
        context.load_cert_chain(cert_file, key_file, password=lambda: "")
    except (OSError, ValueError) as error:
        raise ListenError(_sentence(error)) from None
    _check_dates(context, cert_file)
    return context


def _check_readable(setting: str, file: Path) -> None:
    try:
        with file.open("rb") as opened:
            opened.read(1)
    except OSError as error:
        raise ListenError(
            sentence(
                "{setting} cannot be read ({reason}): {file}. Correct the path.",
                setting=setting,
                reason=error.strerror,
                file=file,
            )
        ) from None


def _sentence(error: Exception) -> str:
    reason = error.reason if isinstance(error, ssl.SSLError) else None
    if reason == "KEY_VALUES_MISMATCH":
        return sentence(
            "TLS_CERT_FILE and TLS_KEY_FILE do not belong together: give the key that the certificate was made with "
            "({reason}).",
            reason=reason,
        )
    return sentence(
        "TLS_CERT_FILE and TLS_KEY_FILE cannot be used: give a PEM certificate and its key, without a passphrase "
        "({reason}).",
        reason=reason or type(error).__name__,
    )


def _check_dates(server: ssl.SSLContext, cert_file: Path) -> None:
    """Greet ourselves as a caller would who trusts this very certificate: what is left to object to is its dates."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        client.load_verify_locations(cert_file)
        _greet(client, server)
    except ssl.SSLCertVerificationError as error:
        if error.verify_code in {_EXPIRED, _NOT_YET_VALID}:
            raise ListenError(_EXPIRED_WORDS if error.verify_code == _EXPIRED else _TOO_EARLY_WORDS) from None
    except ssl.SSLError:
        return  # Not ours to judge: callers will.


def _greet(client: ssl.SSLContext, server: ssl.SSLContext) -> None:
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [client.wrap_bio(to_client, to_server), server.wrap_bio(to_server, to_client, server_side=True)]
    while ends:
        for end in tuple(ends):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            ends.remove(end)
