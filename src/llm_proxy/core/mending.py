"""JSON that is not strict, as providers' servers write it by mistake and lenient clients read it nevertheless.

Python's ``json`` writes ``NaN`` and ``Infinity`` where a model's numbers are none, and reads them again; half of a
surrogate pair is written by servers that cut a text in the middle of a character. What can be read in one way only
becomes strict JSON that says the same, so that it is inspected like all else.
"""

import re

import orjson

from llm_proxy.core import strict_json
from llm_proxy.errors import BadJson

_NO_NUMBER = re.compile(r'("[^"\\]*+(?:\\.[^"\\]*+)*+")|-?\b(?:NaN|Infinity)\b', re.DOTALL)


def mended(data: bytes) -> bytes | None:
    """Return strict JSON, ``null`` for what is no number and U+FFFD for half a character; None when it cannot be had.

    The root must be an object.
    """
    try:
        text = _NO_NUMBER.sub(lambda found: found[1] or "null", data.decode())
        document = strict_json.read(text.encode())
        return orjson.dumps(orjson.loads(strict_json.splice(document, document.repairs)))
    except (BadJson, UnicodeDecodeError, orjson.JSONDecodeError, orjson.JSONEncodeError):
        return None
