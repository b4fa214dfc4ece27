"""Take the gateway's own credential out of what a provider says: some quote it in their errors."""

import orjson

from llm_proxy.records import Secret

_SHORTEST = 8  # a shorter "credential" is a local model's placeholder, and a word of ordinary text
_MARK = b"[credential]"


def scrub(body: bytes, credential: Secret) -> bytes:
    """Return the bytes without the credential."""
    text = credential.reveal().encode()
    return body.replace(text, _MARK) if len(text) >= _SHORTEST and text in body else body


def scrub_text(text: str, credential: Secret) -> str:
    """Return a header's value without the credential."""
    return scrub(text.encode("latin-1"), credential).decode("latin-1")


def scrub_json(body: bytes, said: object, credential: Secret) -> bytes:
    """Return a JSON body without the credential, escaped forms of it included. ``said`` is the body's meaning."""
    plain = orjson.dumps(said)
    escaped = Secret(orjson.dumps(credential.reveal())[1:-1].decode())
    scrubbed = scrub(plain, escaped)
    return scrub(body, credential) if scrubbed == plain else scrubbed
