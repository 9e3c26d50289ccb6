"""A certificate for ``localhost`` and nothing else, signed by itself, good until 2126. For tests on loopback alone.

``expired.pem`` (2020) and ``future.pem`` (2199) are of the same key; ``other.key`` belongs to no certificate, and
``locked.key`` wants a passphrase.
"""

from __future__ import annotations

import ssl
from pathlib import Path

FOLDER = Path(__file__).parent
CERTIFICATE = FOLDER / "localhost.pem"
KEY = FOLDER / "localhost.key"


def server_tls() -> ssl.SSLContext:
    """For a server that shows the certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE, KEY)
    return context


def client_tls() -> ssl.SSLContext:
    """For a client that trusts the certificate, and nothing else."""
    return ssl.create_default_context(cafile=CERTIFICATE)
