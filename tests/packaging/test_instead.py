"""What the frozen program has instead of the package cryptography does the same, for what is asked of it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from devtools import contents, distributions

ROOT = Path(__file__).parents[2]
INSTEAD = ROOT / "packaging" / "frozen" / "instead"

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="only on Linux something stands in its place"),
    pytest.mark.skipif(not contents.has_shared_openssl(), reason="this Python has an OpenSSL inside itself"),
]

# SP 800-38A, F.2.1: CBC-AES128.Encrypt.
KEY = "2b7e151628aed2a6abf7158809cf4f3c"
VECTOR = "000102030405060708090a0b0c0d0e0f"
PLAIN = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
SECRET = "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"

WORK = """
import json, sys
from cryptography.hazmat.backends import default_backend
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
import cryptography
answers = [cryptography.__file__]
for key, vector, data, way in json.loads(sys.argv[1]):
    try:
        aes, mode = algorithms.AES(bytes.fromhex(key)), modes.CBC(bytes.fromhex(vector))
        context = getattr(Cipher(aes, mode, default_backend()), way)()
        answers.append((context.update(bytes.fromhex(data)) + context.finalize()).hex())
    except ValueError as error:
        answers.append(f"ValueError: {error}")
print(json.dumps(answers))
"""


def answers(*work: tuple[str, str, str, str]) -> list[str]:
    """What comes of each key, vector, data and way in a Python that has nothing but the substitute."""
    command = [sys.executable, "-c", WORK, json.dumps(work)]
    done = subprocess.run(command, env={"PYTHONPATH": str(INSTEAD)}, capture_output=True, text=True, check=True)
    place, *rest = json.loads(done.stdout)
    assert Path(place).is_relative_to(INSTEAD)
    return list(rest)


def test_it_encrypts_and_decrypts_as_the_standard_has_it() -> None:
    assert answers((KEY, VECTOR, PLAIN, "encryptor"), (KEY, VECTOR, SECRET, "decryptor")) == [SECRET, PLAIN]


@pytest.mark.parametrize("key", ["00" * 16, "00ff" * 12, "ff00" * 16])
def test_it_agrees_with_the_package_zero_bytes_and_long_secrets_included(key: str) -> None:
    datas = ["", "00" * 16, "00ff10" * 16 * 100]
    package = []
    for data in datas:
        context = Cipher(algorithms.AES(bytes.fromhex(key)), modes.CBC(bytes(16))).encryptor()
        package.append((context.update(bytes.fromhex(data)) + context.finalize()).hex())
    assert answers(*((key, "00" * 16, data, "encryptor") for data in datas)) == package
    assert answers(*((key, "00" * 16, data, "decryptor") for data in package)) == datas


def test_what_has_the_wrong_length_is_refused() -> None:
    told = answers(
        (KEY[2:], VECTOR, PLAIN, "encryptor"),
        (KEY, VECTOR[2:], PLAIN, "encryptor"),
        (KEY, VECTOR, PLAIN[2:], "encryptor"),
        (KEY, VECTOR, SECRET[2:], "decryptor"),
    )
    assert [one.partition(":")[0] for one in told] == ["ValueError"] * 4


def test_nothing_but_the_keyring_asks_for_the_package() -> None:
    """Whoever else did would get what the substitute does not have."""
    locked = set(re.findall(r"^([\w.-]+)==", (ROOT / "packaging/locks/package.txt").read_text("utf-8"), re.MULTILINE))
    site_packages = Path(sys.modules["cryptography"].__file__ or "").parents[1]
    frozen = [one for one in distributions.installed(site_packages) if one.name.lower().replace("_", "-") in locked]
    assert {"secretstorage", "aiohttp"} <= {one.name.lower() for one in frozen}
    askers = {one.name.lower() for one in frozen if any(map(asks, one.files))}
    assert askers - {"cryptography", "pip"} == {"secretstorage"}


def asks(file: Path) -> bool:
    if file.suffix != ".py" or not file.exists():
        return False
    text = file.read_text(encoding="utf-8", errors="replace")
    return re.search(r"^\s*(from|import) cryptography\b", text, re.MULTILINE) is not None
