"""Tell a secret from what stands in its place: a placeholder, a variable, a piece of code, plain words, a label."""

import re
from itertools import pairwise
from types import MappingProxyType

_LONGEST = 200  # no stand-in is longer

# Our own labels and pseudonyms. What is left beside them is looked at as if they were not there.
_LABEL = re.compile(r"\[[A-Z][A-Z0-9_]+\]|<[A-Z][A-Z0-9_]*(?:_[a-z]{16})?>")

_TEMPLATE = re.compile(r"\$[{(]|[{}]{2}|[{<]%|%[>(]|[#@]\{|\(\(|\$\[\[")
_VARIABLE = re.compile(
    r"""
      \$?\$[A-Za-z_][\w:.>\[\]'-]*            # $NAME, $env:NAME, $row['name'], $this->name
    | \$\d | %[-+]?\d*[sdvqrxp@] | %[A-Za-z_]\w*% | :[a-z_]+ | @[a-z_]+@?
    | <[^<>]*>? | \{[^{}]*\}? | \[[^\[\]]*\]? | \(.*
    | https?:// [^@]*                          # a URL without a password
    | (?:\.{0,2}|~|[A-Za-z]:)[/\\][\w./\\ -]*  # a path
    """,
    re.VERBOSE,
)
_CALL = re.compile(r"&?[\w.:>!?-]*[A-Za-z_>!?](?:\(.*|(?:\[['\":\w.$-]*\]?)+(?:[.)].*)?)")  # name(…), name["key"]
_FILE = re.compile(
    r"[\w./~\\-]+\.(?:pem|key|crt|cer|p12|pfx|jks|txt|json|ya?ml|env|conf|ini|html?|js|py|rb|php|sh|sql)"
)
_CODE = re.compile(r"[A-Za-z_$][\w$]*(?:(?:\.|->|::|\?\.|!\.)[A-Za-z_$][\w$]*)+[;,)]*")
_CODE_PART = re.compile(r"[A-Za-z_$]+|[A-Za-z_]{4,}\d{0,2}")
_WORDS = """
admin another any answer api apikey asdf auth authorization bar base64 basic baz bearer blah bool boolean bytes char
changeme changeit client config const credential credentials custom data db default demo dict digest disabled empty
enabled encrypted env environment error example fail false field file foo foobar foobarbaz guest hash header hello
hidden id in input int integer invalid is jwt key keys list local localhost login map masked missing my name new nil
no none not null number oauth object off ok old on optional or pass passcode passphrase passwd password passwords path
placeholder plain private production prompt public pw pwd quux qux random read redacted removed req request required
reset root sample secret self sensitive session set some static staging str string strong test tests testing text the
this to todo token tokens true type undefined unknown unset update url user username uuid val valid value values var
variable verify void with write wrong xxx yes your
"""
_ONE_WORDS = frozenset(_WORDS.split())
_TELLING = re.compile(
    r"example|change[-_. ]?(?:me|it|this)|your[-_. ]?\w|place[-_ ]?holder|dummy|replace|insert[-_ ]|redacted|x{4,}"
    r"|(?<![a-z])x{3}(?![a-z])|\*{3,}|\.{3}|\u2026|\u2022{2}|to[-_ ]be[-_ ]|fix[-_ ]?me|todo|enter[-_ ]|put[-_ ].*here"
    r"|[-_ ]here\b|my[-_ ](?:\w+[-_ ])?(?:pass|secret|token|key)|fake|not[-_ ]?(?:a[-_ ])?(?:real|secret)|sample"
    r"|default|<[a-z]|\bsome[-_ ]?\w"
)
_CREDENTIAL_WORD = re.compile(r"passw(?:or)?d|passphrase|secret|token|credential|api[-_ ]?key|[-_ ]key|key[-_ ]|auth")
_WORDS_ONLY = re.compile(r"[A-Za-z]+(?:[-_. :/]+[A-Za-z]+)*[-_. :;,!?]*")
_PARTS = re.compile(r"[\W\d_]+")
_SEQUENCES = ("01234567890123456789", "98765432109876543210", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl")
_SEQUENCES_UP_TO = 16
_FEW_CHARACTERS = 2

# Which letters follow which in 95 % of English text: counted in the documentation of Python's standard library.
_ROWS = """
abcdgiklmnprstuvwy baceijlorsuy cacehiklorstu dadeilorsu eabcdefgilmnopqrstvwxy faefiloru gaehilnorsu haeiort
iabcdefglmnoprstvxz je keis ladeilopstuy mabeilmopsu nacdefgiklnostuv oabcdfgiklmnoprstuvw paehiloprstuy qu
racdefgiklmnoprstuvy sacehilopstuy tacefhilmoprstuy uabcegilmnprst vaei waehinor xceipt ypst ze
"""
_FOLLOWERS = MappingProxyType({row[0]: frozenset(row[1:]) for row in _ROWS.split()})
_RUN = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_WORDLIKE = 0.7  # of all pairs of letters: 1 % of words have fewer, 95 % of random texts of twelve letters
_TURNS = re.compile(r"(?<=[a-z])(?=[A-Z0-9])|(?<=[A-Z])(?=[0-9])|(?<=[0-9])(?=[A-Za-z])|(?<=[A-Z][A-Z])(?=[a-z])")


def is_written_out(text: str) -> bool:
    """Return whether a text is a value itself, not a variable, a template, a call, a path, or one of our labels."""
    stripped = text.strip(" \t'\"`;,")
    without_labels = _LABEL.sub("", stripped)
    if without_labels != stripped:
        return sum(map(str.isalnum, without_labels)) > _FEW_CHARACTERS and is_written_out(without_labels)
    if len(stripped) > _LONGEST:
        return True
    if not stripped or _TEMPLATE.search(stripped) or _VARIABLE.fullmatch(stripped):
        return False
    if ("(" in stripped or "[" in stripped) and _CALL.fullmatch(stripped):
        return False
    if "/" in stripped and "." in stripped and _FILE.fullmatch(stripped):
        return False
    return not (_CODE.fullmatch(stripped) and all(map(_CODE_PART.fullmatch, re.split(r"\W+", stripped.rstrip(";,)")))))


def is_not_placeholder(text: str) -> bool:
    """Return whether a text can be a secret: written out, and not what people write where a secret belongs."""
    if not is_written_out(text):
        return False
    lowered = text.strip(" \t'\"`;,").lower()
    if len(lowered) > _LONGEST:
        return True
    parts = [part for part in _PARTS.split(lowered) if part]
    if len(set(lowered)) <= _FEW_CHARACTERS or (parts and _ONE_WORDS.issuperset(parts)):
        return False
    if _is_sequence(lowered) or _TELLING.search(lowered):
        return False
    return not (_WORDS_ONLY.fullmatch(lowered) and _CREDENTIAL_WORD.search(lowered))


def is_not_words(text: str) -> bool:
    """Return whether a text is more than words and a number: digits among letters, letters that do not go together."""
    runs = _RUN.findall(text)
    turns = len(_TURNS.findall(text))
    if turns >= max(3, len(text) // 5):
        return True
    pairs = [(left, right) for run in map(str.lower, runs) for left, right in pairwise(run)]
    known = sum(right in _FOLLOWERS.get(left, ()) for left, right in pairs)
    return bool(pairs) and known < _WORDLIKE * len(pairs)


def _is_sequence(lowered: str) -> bool:
    """Say whether a short text is one or two runs of a keyboard's or the alphabet's order: 123456, abcd1234."""
    if len(lowered) > _SEQUENCES_UP_TO:
        return False
    parts = re.findall(r"[a-z]+|[0-9]+", lowered)
    return "".join(parts) == lowered and all(any(part in run for run in _SEQUENCES) for part in parts)
