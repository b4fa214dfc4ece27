"""Who is calling?"""

from llm_proxy.core import keys
from llm_proxy.errors import InvalidKey
from llm_proxy.ports import Directory
from llm_proxy.records import ApiKey, Call


def authenticate(call: Call, directory: Directory) -> ApiKey:
    """Return the key the call presents, or raise InvalidKey: unknown, revoked and expired alike.

    The look-up is by the SHA-256 of what was sent, so its time tells nothing about how much of a guess was right.
    """
    key = directory.find_key(keys.digest(call.presented_key.reveal()))
    if key is None:
        raise InvalidKey
    return key
