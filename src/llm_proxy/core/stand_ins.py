"""Tell a secret from what stands in its place: a placeholder, a variable, a piece of code, plain words, a label."""

import re
from itertools import pairwise
from types import MappingProxyType

_LONGEST = 200  # no stand-in is longer

# Our own labels and pseudonyms. What is left beside them is looked at as if they were not there.
_LABEL = re.compile(r"\[[A-Z][A-Z0-9_]+\]|<[A-Z][A-Z0-9_]*(?:_[a-z]{16})?>")

_LINE_END = re.compile(r"(?:\\[nrt])+$")  # as code writes it
_TEMPLATE = re.compile(  # whole anywhere; cut short, at the beginning
    r"\$\{[\w.:?!+/-]*\}|\$\([^()]*\)|\{\{[^{}]*\}\}|\{%|<%|%>|#\{[^{}]*\}|%\(\w*\)|\(\([\w./-]*\)\)|@\{|\$\[\["
    r"|^(?:\$\{|\$\(|\{\{|#\{|%\(|\(\()(?:\s|$|[\w. ]+$)"
)
_VARIABLE = re.compile(
    r"""
      \$?\$[A-Za-z_][\w:.>\[\]'-]*            # $NAME, $env:NAME, $row['name'], $this->name
    | \$\d | %[-+]?\d*[sdvqrxp@] | %[A-Za-z_]\w*% | :[a-z_]+ | @[a-z_]+@?
    | <[^<>]*>? | \{[^{}]*\}? | \[[^\[\]]*\]? | \(.*
    | ![A-Za-z_$.]+                            # !isShown
    | \#[0-9A-Fa-f]{3,8}                       # a colour
    | \^.*\$ | [^\[]*\[(?:\^|a-z|A-Z|0-9).*   # a pattern
    | https?:// [^@]*                          # a URL without a password
    | (?:\.{0,2}|~|[A-Za-z]:)[/\\][\w./\\ -]*  # a path
    """,
    re.VERBOSE,
)
_CALL = re.compile(r"&?[\w.:>!?-]*[A-Za-z_>!?](?:\(.*|(?:\[['\":\w.$-]*\]?)+(?:[.)].*)?)")  # name(…), name["key"]
_JOINED = re.compile(
    r"[+.&](?:\s+[\w.$]+|[A-Za-z_.$]+\d*)|[+,;)\]&]+\s*[A-Za-z_$(\[].*[+;()\[\],&].*", re.DOTALL
)  # between quotes: "a="+b+"c"
_FILE = re.compile(r"[\w./~\\ -]+\.[A-Za-z][A-Za-z0-9]{0,4}")
_CODE = re.compile(r"[A-Za-z_$][\w$]*(?:(?:\.|->|::|\?\.|!\.)[A-Za-z_$][\w$]*)+[;,)]*")
_BETWEEN = re.compile(r"\W+")
_CODE_PART = re.compile(r"[A-Za-z_$]+(?:\d{0,5}[A-Za-z_$]*)")  # ed25519.Ed25519PublicKey
_NUMBERED = re.compile(r"[a-z]{3,}\d{3,}")  # people number words, and members of an object seldom
_ONE_WORDS = frozenset(  # a block of words reads better than a list of them
    """
    admin another any answer api apikey ascii asdf auth authorization bar base64 basic baz bearer blah bool boolean
    bytes char changeme changeit client config const credential credentials custom data db default demo dict
    digest disabled empty enabled encrypted env environment error example fail false field file foo foobar
    foobarbaz function guest hash header hello hidden id in input int integer invalid is jwt key keys list local
    localhost login map masked missing my name new nil no none not null number oauth object off ok old on
    optional or pass passcode passphrase passwd password passwords path placeholder plain private production
    prompt public pw pwd quux qux random read redacted removed req request required reset root sample secret
    self sensitive session set some static staging str string strong test tests testing text the this to todo
    token tokens true type undefined unknown unset update url user username utf uuid val valid value values var
    variable verify void with write wrong xxx yes your
    """.split()  # noqa: SIM905
)
_TELLING = re.compile(
    r"example|change[-_. ]?(?:me|it|this)|your[-_. ]?\w|place[-_ ]?holder|dummy|replace|insert[-_ ]|redacted|x{4,}"
    r"|(?<![a-z])x{3}(?![a-z])|\*{3,}|\.{3}|\u2026|\u2022{2}|to[-_ ]be[-_ ]|fix[-_ ]?me|todo|enter[-_ ]|put[-_ ].*here"
    r"|[-_ ]here\b|my[-_ ](?:\w+[-_ ])?(?:pass|secret|token|key)|fake|not[-_ ]?(?:a[-_ ])?(?:real|secret)|sample"
    r"|default|\bsome[-_ ]?\w|(?<![a-z])required(?![a-z])"
)
_CREDENTIAL_WORD = re.compile(r"passw(?:or)?d|passphrase|secret|token|credential|api[-_ ]?key|[-_ ]key|key[-_ ]|auth")
_WORDS_ONLY = re.compile(r"[A-Za-z]+(?:[-_. :/]+[A-Za-z]+)*[-_. :;,!?]*")
_ALGORITHMS = (
    "desede|des|aes|rsa|dsa|ecdsa|ecdh|ecies|hmac|sha|md|hs|rs|es|ps|ed|pkcs|oaep|mgf|gcm|cbc|ecb|ctr|ccm|poly|chacha"
    "|scram|pbkdf|argon|bcrypt|scrypt|with|and|padding|no|nist|tls|ssl|encryption|utf"
)
_ALGORITHM = re.compile(rf"[0-9]?(?:{_ALGORITHMS})(?:{_ALGORITHMS}|[0-9]|[-_/. ])*")  # AES-256-GCM, HmacSHA1
# Or a fingerprint, a version, an object's identifier.
_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:[t _]|$)|\d\d:\d\d:\d\d|(?:[0-9a-f]{2}:){5,}[0-9a-f]{2}$|\d+(?:\.\d+){2,}$")
_DIGIT = re.compile("[0-9]")
_PARTS = re.compile(r"[\W\d_]+")
_MARK = re.compile("[!#$%^&*?+~|§€£]")  # what people put into passwords, and seldom into names
_MARK_WITHIN = re.compile(_MARK.pattern + r"(?=\w)")
_ODD = re.compile(r"[!#$%^&*?+~|@(){}\[\]\\<>;\u00a7\u20ac\u00a3\u00a1\u00bf]")
_OPENED_BY = MappingProxyType({")": "(", "]": "[", "}": "{"})
_MANY_ODD = 4
_SAID = frozenset(  # what sentences for people say, and pass phrases seldom
    """
    are at be can cannot could did do does enter for forgot has have here if incorrect invalid is its least
    may missing must no not or please provide required reset shall should their this to too type use was were
    when will wrong you your
    """.split()  # noqa: SIM905
)
_FILLER = re.compile(r"[xX]{4,}|[0*#.]{4,}")
_SEQUENCES = ("01234567890123456789", "98765432109876543210", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl")
_SEQUENCES_UP_TO = 12
_FEW_CHARACTERS = 2

# Which letters follow which in 95 % of English text: counted in the documentation of Python's standard library.
_FOLLOWERS = MappingProxyType(
    {
        row[0]: frozenset(row[1:])
        for row in """
        abcdgiklmnprstuvwy baceijlorsuy cacehiklorstu dadeilorsu eabcdefgilmnopqrstvwxy faefiloru gaehilnorsu
        haeiort iabcdefglmnoprstvxz je keis ladeilopstuy mabeilmopsu nacdefgiklnostuv oabcdfgiklmnoprstuvw
        paehiloprstuy qu racdefgiklmnoprstuvy sacehilopstuy tacefhilmoprstuy uabcegilmnprst vaei waehinor xceipt
        ypst ze
        """.split()  # noqa: SIM905
    }
)
_RUN = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_WORDLIKE = 0.7  # of all pairs of letters: 1 % of words have fewer, 95 % of random texts of twelve letters
_HEX = re.compile(r"[0-9A-Fa-f](?:[0-9A-Fa-f]|-(?=[0-9A-Fa-f])){11,}")
_TURNS = re.compile(r"(?<=[A-Za-z])(?=[0-9])|(?<=[0-9])(?=[A-Za-z])")
_HUMPS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z][A-Z])(?=[a-z])")
_MANY_TURNS = 3


def has_digit(text: str) -> bool:
    """Return whether there is a digit 0-9 in a text."""
    return _DIGIT.search(text) is not None


def is_written_out(text: str) -> bool:
    """Return whether a text is a value itself, not a variable, a template, a call, a path, or one of our labels."""
    return _is_value(_bare(text))


def is_not_placeholder(text: str) -> bool:
    """Return whether a text can be a secret: written out, and not what people write where a secret belongs."""
    bare = _bare(text)
    if not _is_value(bare):
        return False
    lowered = bare.lower()
    if len(lowered) > _LONGEST:
        return True
    parts = [part for part in _PARTS.split(lowered) if part]
    is_marked = _MARK.search(lowered) is not None and has_digit(lowered)
    if len(set(lowered)) <= _FEW_CHARACTERS or (parts and not is_marked and _ONE_WORDS.issuperset(parts)):
        return False
    if _is_sequence(lowered) or _TELLING.search(lowered):
        return False
    if _TIME.match(lowered) or _ALGORITHM.fullmatch(lowered):
        return False
    return not (_WORDS_ONLY.fullmatch(lowered) and _CREDENTIAL_WORD.search(lowered))


def is_not_a_word(text: str) -> bool:
    """Return whether a text holds more than one could say: a digit, a sign, or letters that do not go together."""
    return has_digit(text) or _MARK_WITHIN.search(text) is not None or is_not_words(text)


def is_jumbled(text: str) -> bool:
    """Return whether signs stand in a text as in no code: brackets that do not pair, or many kinds of signs."""
    kinds = set(_ODD.findall(text[:_LONGEST]))
    if len(kinds) < _MANY_ODD - 1 or "://" in text:
        return False
    if not kinds & set("()[]{}<"):
        return len(kinds) >= _MANY_ODD
    return not _is_nested(text)


def is_phrase(text: str) -> bool:
    """Return whether a text is a row of small words that says nothing, as pass phrases are."""
    words = text.split()
    return (
        text[:1].isalnum()
        and text == text.lower()
        and not _SAID.intersection(words)
        and not _CREDENTIAL_WORD.search(text)
    )


def is_not_filler(text: str) -> bool:
    """Return whether less than half of a text is what people fill a pattern with: ``xxxx``, ``0000``, ``****``."""
    return 2 * sum(len(match[0]) for match in _FILLER.finditer(text)) < len(text)


def is_not_words(text: str) -> bool:
    """Return whether a text is more than words and a number: digits among letters, letters that do not go together."""
    if _HEX.fullmatch(text):
        return has_digit(text)
    if is_jumbled(text):
        return True
    turns = len(_TURNS.findall(text))
    if turns >= _MANY_TURNS or turns + len(_HUMPS.findall(text)) >= max(_MANY_TURNS, 2 * len(text) // 7):
        return True
    runs = map(str.lower, _RUN.findall(text))
    pairs = [(left, right) for run in runs for left, right in pairwise(run)]
    known = sum(right in _FOLLOWERS.get(left, ()) for left, right in pairs)
    return bool(pairs) and known < _WORDLIKE * len(pairs)


def _bare(text: str) -> str:
    """Return a text without its quotes and our labels; nothing where no more than punctuation is left beside them."""
    stripped = _LINE_END.sub("", text.strip(" \t'\"`;,"))
    bare = _LABEL.sub("", stripped)
    return bare if bare == stripped or sum(map(str.isalnum, bare)) > _FEW_CHARACTERS else ""


def _is_value(bare: str) -> bool:
    if len(bare) > _LONGEST:
        return True
    if not bare or _TEMPLATE.search(bare) or _VARIABLE.fullmatch(bare) or _JOINED.fullmatch(bare):
        return False
    if ("(" in bare or "[" in bare) and _CALL.fullmatch(bare):
        return False
    if "/" in bare and "." in bare and _FILE.fullmatch(bare):
        return False
    return not (_CODE.fullmatch(bare) and _is_member(_BETWEEN.split(bare.rstrip(";,)"))))


def _is_member(parts: list[str]) -> bool:
    """Say whether names joined by dots are a member of an object: ``user.password``, not ``sommer.regen2024``."""
    last = parts[-1]
    is_numbered = _NUMBERED.fullmatch(last) is not None and _ALGORITHM.fullmatch(last) is None
    return not is_numbered and all(map(_CODE_PART.fullmatch, parts))


def _is_nested(text: str) -> bool:
    """Say whether each bracket is closed by its like, in order; more may be closed at the end, as where code is cut."""
    opened: list[str] = []
    for place, character in enumerate(text):
        if character in "([{":
            opened.append(character)
        elif character in _OPENED_BY and not opened:
            return not text[place:].strip(")]}")
        elif character in _OPENED_BY and opened.pop() != _OPENED_BY[character]:
            return False
    return not opened


def _is_sequence(lowered: str) -> bool:
    """Say whether a short text is one or two runs of a keyboard's or the alphabet's order: 123456, abcd1234."""
    if len(lowered) > _SEQUENCES_UP_TO:
        return False
    parts = re.findall(r"[a-z]+|[0-9]+", lowered)
    return (
        len(parts) <= _FEW_CHARACTERS
        and "".join(parts) == lowered
        and all(any(part in run for run in _SEQUENCES) for part in parts)
    )
