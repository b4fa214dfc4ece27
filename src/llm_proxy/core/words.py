"""Where a word ends: what a stream may be cut at.

A word is what stands between two breaks. Breaks are RE2's white space (``\\s``) and, because their scripts are written
without spaces, Chinese, Japanese and Korean characters: each is a word of its own. No break reads as a letter, a digit
or a sign of ASCII in any view of a text, so nothing that was disguised is cut into pieces.
"""

import re

# First and last code points. Left out are the few that look like ASCII: U+3007 an O, U+30CE, U+4E36 and U+4E3F strokes.
RANGES = (
    *((0x09, 0x0A), (0x0C, 0x0D), (0x20, 0x20)),
    *((0x3001, 0x3002), (0x3041, 0x3096), (0x30A1, 0x30CD), (0x30CF, 0x30FA)),
    *((0x4E00, 0x4E35), (0x4E37, 0x4E3E), (0x4E40, 0x9FFF), (0xAC00, 0xD7A3)),
)

_BREAK = re.compile(f"[{''.join(f'{chr(first)}-{chr(last)}' for first, last in RANGES)}]")


def may_break(first: int, last: int) -> bool:
    """Say whether any character of a range is a break."""
    return any(first <= end and start <= last for start, end in RANGES)


def last_word(text: str) -> int:
    """Return where the unfinished word at the end begins: behind the last break, at the text's end if it is one."""
    found = _BREAK.search(text[::-1])
    return 0 if found is None else len(text) - found.start()


def first_break(text: str, start: int) -> int:
    """Return where the first break at or behind ``start`` stands, the text's end if there is none."""
    found = _BREAK.search(text, start)
    return len(text) if found is None else found.start()
