"""Ask a stream for its usage with the smallest edit of the client's own bytes.

OpenAI's chat and completions streams tell their usage only when ``stream_options.include_usage`` is true (API
reference).
"""

from json.decoder import JSONDecoder, scanstring  # type: ignore[attr-defined]  # exported by CPython's json.decoder, not by its stubs

from llm_proxy.core.strict_json import Document

Edit = tuple[int, int, str]

_DECODER = JSONDecoder()
_BLANK = " \t\r\n"
_ASK = '"include_usage":true'


def usage_edit(document: Document) -> Edit | None:
    """Return the edit ``(start, end, text)`` that asks for usage, or None when the client asked itself or sent what
    we cannot mend.
    """
    tree, text = document.tree, document.text
    if "stream_options" not in tree:
        end = len(text.rstrip(_BLANK)) - 1
        return end, end, f',"stream_options":{{{_ASK}}}'
    options = tree["stream_options"]
    start = _value_start(text, _skip(text, 0), "stream_options")
    if options is None:
        return start, start + len("null"), f"{{{_ASK}}}"
    if not isinstance(options, dict):
        return None
    if "include_usage" not in options:
        return start + 1, start + 1, _ASK + ("," if options else "")
    if options["include_usage"] is not None and options["include_usage"] is not False:
        return None  # asked for already, or of a wrong type: that is for the provider to refuse
    value = _value_start(text, start, "include_usage")
    return value, _DECODER.raw_decode(text, value)[1], "true"


def _skip(text: str, position: int) -> int:
    while text[position] in _BLANK:
        position += 1
    return position


def _value_start(text: str, brace: int, name: str) -> int:
    """Return where the value of a member stands in the object that opens at ``brace``; the member must be there."""
    position = brace + 1
    while True:
        position = text.index('"', position)
        key, position = scanstring(text, position + 1)
        position = _skip(text, text.index(":", position) + 1)
        if key == name:
            return position
        position = _DECODER.raw_decode(text, position)[1]
