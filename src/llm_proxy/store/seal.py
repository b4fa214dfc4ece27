"""What makes a stolen database useless: values sealed with AES-256-GCM under a key that is not in it.

A sealed value is ``01 | key id (8) | nonce (12) | ciphertext and tag``. Its head and its place (table, column, row) are
authenticated with it: a value moved to another row does not open. The key is derived from ``SECRET_KEY``, or from the
file minted beside the database.
"""

import base64
import os
import secrets
from pathlib import Path
from typing import Final, Literal, get_args

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection

from llm_proxy.errors import StoreError, StoreUnavailable
from llm_proxy.records import Secret
from llm_proxy.store import meta
from llm_proxy.store.files import drafted

# What other keys are for: each is its own, so that what one shows (a fingerprint, a placeholder) tells of no other.
Purpose = Literal["fingerprint", "placeholders", "audit chain"]

_VERSION: Final = b"\x01"
_KEY_ID_BYTES: Final = 8
_NONCE_BYTES: Final = 12
_CHECK_NAME: Final = "key_check"
_CHECK_TEXT: Final = "llm-proxy"
_CHECK_PLACE: Final = "meta.value:key_check"


def _derive(secret: Secret, purpose: bytes, length: int) -> bytes:
    """HKDF-SHA256 (RFC 5869) of the secret's text: it must be random, for HKDF does not slow down guessing."""
    text = secret.reveal().strip().encode("utf-8", "surrogatepass")
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=b"llm-proxy " + purpose).derive(text)


class Sealer:
    """Seals texts and opens them again. Safe to use from several threads."""

    def __init__(self, secret: Secret) -> None:
        self.secret = secret
        self._head = _VERSION + _derive(secret, b"key id", _KEY_ID_BYTES)
        self._cipher = AESGCM(_derive(secret, b"seal", 32))
        purposes: tuple[Purpose, ...] = get_args(Purpose)
        self._derived = {each: Secret(_derive(secret, each.encode(), 32).hex()) for each in purposes}

    def derived(self, purpose: Purpose) -> Secret:
        """Return the key for a purpose, 64 hex digits: the same in every process under the same secret."""
        return self._derived[purpose]

    def seal(self, text: str, place: str) -> bytes:
        """Seal ``text`` for ``place`` (``table.column:row id``). Lone surrogates, unknown to UTF-8, become ``?``."""
        nonce = os.urandom(_NONCE_BYTES)
        plain = text.encode("utf-8", "replace")
        return self._head + nonce + self._cipher.encrypt(nonce, plain, self._head + place.encode())

    def open(self, sealed: bytes, place: str) -> str:
        """Return the text; raises StoreUnavailable when it was changed, moved, or sealed under another key."""
        nonce_at = len(self._head)
        text_at = nonce_at + _NONCE_BYTES
        bound = sealed[:nonce_at] + place.encode()
        try:
            return self._cipher.decrypt(sealed[nonce_at:text_at], sealed[text_at:], bound).decode()
        except (InvalidTag, ValueError) as exc:
            raise StoreUnavailable(
                f"A sealed value cannot be opened ({place}): it was changed, or sealed under another key."
            ) from exc


def create_sealer(connection: Connection, secret_key: Secret | None, key_file: Path) -> Sealer:
    """Return the sealer of a new database and leave its check value there.

    Without a secret the key is that of ``key_file``, minted (0600) when it is missing.
    """
    sealer = Sealer(_read_or_mint(key_file) if secret_key is None else secret_key)
    check = base64.b64encode(sealer.seal(_CHECK_TEXT, _CHECK_PLACE)).decode()
    meta.put(connection, _CHECK_NAME, check)
    return sealer


def open_sealer(connection: Connection, secret_key: Secret | None, key_file: Path) -> Sealer:
    """Return the sealer of an existing database; raises StoreError when the key is missing or another one sealed it."""
    if secret_key is None and not key_file.exists():
        raise StoreError(
            f"The database is sealed, but its key file {key_file} is missing and SECRET_KEY is not set: "
            "restore the file or set SECRET_KEY."
        )
    check = meta.get(connection, _CHECK_NAME)
    if check is None:
        raise StoreError("The database is damaged: the check value of its sealing key is missing. Restore a backup.")
    sealer = Sealer(_read(key_file) if secret_key is None else secret_key)
    try:
        sealer.open(base64.b64decode(check), _CHECK_PLACE)
    except (StoreUnavailable, ValueError) as exc:
        origin = f"The key in {key_file}" if secret_key is None else "SECRET_KEY"
        raise StoreError(f"{origin} is not the key that sealed this database.") from exc
    return sealer


def _read(key_file: Path) -> Secret:
    try:
        text = key_file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise StoreError(f"The key file {key_file} cannot be read ({exc.__class__.__name__}).") from exc
    if not text:
        raise StoreError(f"The key file {key_file} is empty: restore it or set SECRET_KEY.")
    return Secret(text)


def _read_or_mint(key_file: Path) -> Secret:
    """Return the file's key. Processes that start together mint one: the file appears whole or not at all, and once."""
    if not key_file.exists():
        try:
            _mint(key_file)
        except OSError as exc:
            raise StoreError(f"The key file {key_file} cannot be written ({exc.__class__.__name__}).") from exc
    return _read(key_file)


def _mint(key_file: Path) -> None:
    with drafted(key_file) as draft:
        draft.write_text(secrets.token_urlsafe(32) + "\n", encoding="ascii")
