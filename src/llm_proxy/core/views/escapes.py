r"""Characters written by their number or name.

``%41``, ``\u0041``, ``\x41``, ``\101``, ``&#65;``, ``&amp;``, and the ``\41`` of CSS, which ends with a space.
"""

import html
import re

from llm_proxy.core.patterns import Pattern
from llm_proxy.core.views.calls import SIGNS_OF_CALLS, calls
from llm_proxy.core.views.view import Edit

_BYTE = r"[0-9A-Fa-f]{2}"
_SLASHES = r"\\{1,4}"  # more than one where JSON holds what is escaped itself

# Of ASCII, in two digits, or padded so that it is no octal number; six digits need no space behind them.
_CSS = r"\\(?:0000[2-7][0-9A-Fa-f]|(?:000?)?[2-7][0-9A-Fa-f][ \n])"

# A backslash and a letter counts where it touches what may be a secret: it is in every program.
SIGNS_OF_ESCAPES = (
    rf"%(?:{_BYTE}|u[0-9A-Fa-f]{{4}})"
    rf"|\\(?:x{_BYTE}|u[0-9A-Fa-f]{{4}}|u\{{[0-9A-Fa-f]|U[0-9A-Fa-f]{{8}}|[0-3][0-7]{{2}}|/)"
    r"|\\[nrt][A-Za-z0-9_+/=-]{16}"
    rf"|&(?:#[0-9xX]|[A-Za-z][A-Za-z0-9]{{1,30}};)|{_CSS}|{SIGNS_OF_CALLS}"
)
_RUNS = Pattern(
    rf"(?:%{_BYTE})+|(?:%u[0-9A-Fa-f]{{4}})+"
    rf"|(?:{_SLASHES}x{_BYTE})+|(?:{_SLASHES}u[0-9A-Fa-f]{{4}})+"
    rf"|(?:{_SLASHES}u\{{[0-9A-Fa-f]{{1,6}}\}})+|(?:{_SLASHES}U[0-9A-Fa-f]{{8}})+"
    rf"|(?:{_CSS})+|(?:{_SLASHES}[0-3][0-7]{{2}})+|{_SLASHES}/|{_SLASHES}[nrt][A-Za-z0-9_+/=-]{{16}}"
    r"|(?:&#0*[0-9]{1,7};?|&#[xX]0*[0-9A-Fa-f]{1,6};?|&[A-Za-z][A-Za-z0-9]{1,30};)+"
)
_NUMBER = re.compile(r"[0-9A-Fa-f]+")
_ZEROS = re.compile(r"(?<=[#xX])0+(?=[0-9A-Fa-f])")
_OCTAL = 3  # digits
_LETTERS = {"n": "\n", "r": "\r", "t": "\t", "/": "/"}


def escapes(text: str) -> list[Edit]:
    """Return the edits that resolve the escapes of a text."""
    edits: list[Edit] = []
    known: dict[str, str] = {}
    plain = text.encode("ascii", "replace")
    for start, end in _RUNS.spans(plain):
        run = text[start:end]
        if run[0] == "\\" and (letter := run.lstrip("\\")[0]) in _LETTERS:
            edits.append((start, start + run.index(letter) + 1, _LETTERS[letter]))
            continue
        if run not in known:
            known[run] = _resolve(run)
        if known[run] != run:
            edits.append((start, end, known[run]))
    return [*edits, *calls(text, plain)]


def _resolve(run: str) -> str:
    if run[0] == "&":
        return html.unescape(_ZEROS.sub("", run))
    if run[0] == "%" and run[1] != "u":
        return _text(bytes.fromhex(run.replace("%", "")), run)
    kind = run.lstrip("\\")[0]
    if kind == "x":
        return _text(bytes.fromhex(run.replace("\\", "").replace("x", "")), run)
    numbers = [int(number, 16) for number in _NUMBER.findall(run)]
    if kind.isdigit() and not run[-1].isspace() and len(run) - run.rindex("\\") - 1 == _OCTAL:
        return _text(bytes(int(number, 8) for number in run.split("\\") if number), run)
    if any(number > 0x10FFFF for number in numbers):
        return run
    characters = "".join(map(chr, numbers))
    return characters.encode("utf-16-le", errors="surrogatepass").decode("utf-16-le", errors="replace")


def _text(data: bytes, run: str) -> str:
    """Return bytes as text; the run as it stands when nothing in them is text."""
    text = data.decode(errors="replace")
    return text if text.strip("\ufffd") else run
