"""Which base URLs a provider may have. Pure: what a name resolves to is checked again when it is connected to."""

import re

from llm_proxy.core.addresses import numeric_host, refusal
from llm_proxy.errors import BadRequest
from llm_proxy.providers import sandbox

MAX_CHARACTERS = 2000

# Names under which clouds serve the credentials of the machine itself.
_METADATA_NAMES = {
    "metadata",
    "metadata.google.internal",
    "metadata.goog",
    "metadata.azure.com",
    "metadata.azure.internal",
    "metadata.tencentyun.com",
    "metadata.oraclecloud.com",
    "instance-data",
    "instance-data.ec2.internal",
}
_LOOPBACK_NAMES = {"localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback"}

_UNWANTED = (
    (re.compile(r"[^\x21-\x7e]"), "holds a space, a control character or a letter outside of ASCII"),
    (re.compile(r"\\"), "holds a backslash"),
    (re.compile(r"[?#]"), "holds a query or a fragment; give only the part that every endpoint's path follows"),
)
_URL = re.compile(r"https?://(?P<authority>[^/]+)(?P<path>/.*)?", re.IGNORECASE)
_AUTHORITY = re.compile(r"(?:\[(?P<ipv6>[0-9A-Fa-f]*:[0-9A-Fa-f:.]+)\]|(?P<name>[^\[\]:]+))(?::(?P<port>.*))?")
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_LOOKS_NUMERIC = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")
_PATH = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*")
_DOTS = re.compile(r"/(?:\.|%2[eE]){1,2}(?:/|$)")


def check(text: str, *, private_allowed: bool) -> str:
    """Return the URL as it was given, without spaces around it; raises BadRequest with the reason.

    ``private_allowed`` says whether loopback and private addresses may be named.
    """
    url = text.strip(" \t")
    if sandbox.is_valid_url(url):
        return url
    if not url or len(url) > MAX_CHARACTERS:
        raise _refuse(f"must have 1 to {MAX_CHARACTERS} characters")
    for unwanted, reason in _UNWANTED:
        if unwanted.search(url):
            raise _refuse(reason)
    match = _URL.fullmatch(url)
    if match is None:
        raise _refuse("must be http://host/… or https://host/… (or sandbox:, the built-in model)")
    _check_authority(match["authority"], private_allowed=private_allowed)
    path = match["path"] or ""
    if not _PATH.fullmatch(path) or _DOTS.search(path):
        raise _refuse("has a path that is not plain: no dot segments, and % only before two hex digits")
    return url


def _check_authority(authority: str, *, private_allowed: bool) -> None:
    if "@" in authority:
        raise _refuse("holds a user name or a password; the credential belongs into api_key")
    match = _AUTHORITY.fullmatch(authority)
    if match is None:
        raise _refuse("has no valid host")
    port = match["port"]
    if port is not None and not (re.fullmatch(r"[0-9]{1,5}", port) and 1 <= int(port) <= 65535):
        raise _refuse("has a port that is not between 1 and 65535")
    reason = (
        refusal(match["ipv6"], private_allowed=private_allowed)
        if match["ipv6"]
        else _name_refusal(match["name"].lower(), private_allowed=private_allowed)
    )
    if reason:
        raise _refuse(f"cannot be used: its host {reason}")


def _name_refusal(name: str, *, private_allowed: bool) -> str | None:
    if name.rstrip(".") in _METADATA_NAMES:
        return "is the name of a cloud metadata service"
    labels = name.split(".")
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return "is not a plain host name (letters, digits, hyphens and single dots; no dot at its end)"
    if _LOOKS_NUMERIC.fullmatch(labels[-1]):
        address = numeric_host(name)
        if address is None:
            return "is not a valid IPv4 address"
        return refusal(address, private_allowed=private_allowed) or _spelling(name, address)
    if not private_allowed and (name in _LOOPBACK_NAMES or name.endswith(".localhost")):
        return "is this machine, which PRIVATE_UPSTREAMS=deny refuses"
    return None


def _spelling(name: str, address: str) -> str | None:
    """Refuse addresses in disguise: parsers disagree on what ``0177.1`` means."""
    return None if name == address else f"must be written as {address}"


def _refuse(reason: str) -> BadRequest:
    return BadRequest(f"base_url {reason}.", param="base_url")
