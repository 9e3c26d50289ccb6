"""Encrypting and decrypting by OpenSSL's library, the one that Python has loaded.

Source: openssl.org, EVP_EncryptInit(3); only what OpenSSL 1.1 and all later versions have.
"""

from __future__ import annotations

import ctypes
import ssl  # loads the library that is then found by its name

from . import algorithms, modes

__all__ = ["Cipher", "algorithms", "modes"]

_library = ctypes.CDLL(f"libcrypto.so.{ssl.OPENSSL_VERSION_INFO[0]}")
_pointer, _int = ctypes.c_void_p, ctypes.c_int
_SIGNATURES: dict[str, tuple[object, list[object]]] = {
    "EVP_aes_128_cbc": (_pointer, []),
    "EVP_aes_192_cbc": (_pointer, []),
    "EVP_aes_256_cbc": (_pointer, []),
    "EVP_CIPHER_CTX_new": (_pointer, []),
    "EVP_CIPHER_CTX_free": (None, [_pointer]),
    "EVP_CIPHER_CTX_set_padding": (_int, [_pointer, _int]),
    "EVP_CipherInit_ex": (_int, [_pointer, _pointer, _pointer, ctypes.c_char_p, ctypes.c_char_p, _int]),
    "EVP_CipherUpdate": (_int, [_pointer, ctypes.c_char_p, ctypes.POINTER(_int), ctypes.c_char_p, _int]),
    "EVP_CipherFinal_ex": (_int, [_pointer, ctypes.c_char_p, ctypes.POINTER(_int)]),
}
for _name, (_result, _arguments) in _SIGNATURES.items():
    _function = getattr(_library, _name)
    _function.restype, _function.argtypes = _result, _arguments


class Cipher:
    """A key and a mode, from which come contexts: ``update`` takes bytes and gives some back, ``finalize`` the rest."""

    def __init__(self, algorithm: algorithms.AES, mode: modes.CBC, _backend: object = None) -> None:
        self._algorithm = algorithm
        self._mode = mode

    def encryptor(self) -> _Context:
        return _Context(self._algorithm.key, self._mode.initialization_vector, is_encrypting=True)

    def decryptor(self) -> _Context:
        return _Context(self._algorithm.key, self._mode.initialization_vector, is_encrypting=False)


class _Context:
    """Works once, on whole blocks: padding is the caller's."""

    def __init__(self, key: bytes, vector: bytes, *, is_encrypting: bool) -> None:
        self._context = _library.EVP_CIPHER_CTX_new()
        if not self._context:
            raise MemoryError
        cipher = getattr(_library, f"EVP_aes_{len(key) * 8}_cbc")()
        done = _library.EVP_CipherInit_ex(self._context, cipher, None, bytes(key), bytes(vector), int(is_encrypting))
        _check(done and _library.EVP_CIPHER_CTX_set_padding(self._context, 0))

    def __del__(self) -> None:
        if self._context:
            _library.EVP_CIPHER_CTX_free(self._context)

    def update(self, data: bytes) -> bytes:
        """What comes of *data*, as far as blocks are whole. Raises: ValueError: OpenSSL refuses."""
        target = ctypes.create_string_buffer(len(data) + algorithms.AES.block_bytes)
        written = _int()
        _check(_library.EVP_CipherUpdate(self._context, target, ctypes.byref(written), bytes(data), len(data)))
        return target.raw[: written.value]

    def finalize(self) -> bytes:
        """The end. Raises: ValueError: It is not the end of a block."""
        target = ctypes.create_string_buffer(algorithms.AES.block_bytes)
        written = _int()
        done = _library.EVP_CipherFinal_ex(self._context, target, ctypes.byref(written))
        if not done:
            raise ValueError("The length of the provided data is not a multiple of the block length.")
        return target.raw[: written.value]


def _check(done: int) -> None:
    if not done:
        raise ValueError("OpenSSL refuses")
