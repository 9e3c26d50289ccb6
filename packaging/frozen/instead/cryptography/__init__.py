"""Stands in the frozen program for Linux in the place of the package of this name, 12 MB with an OpenSSL of its own.

The keyring's client (secretstorage) asks two things of it, to encrypt and decrypt with AES in CBC mode what goes over
the session bus. The OpenSSL that Python's own ``ssl`` runs on does that as well, and the system keeps it up to date.
"""
