"""Hypothesis strategies for RE2 patterns, and for texts that they have a chance to match."""

from hypothesis import strategies as st

LITERALS = [
    *"abkKsSxz019 -_=:/@,",
    r"\.",
    r"\-",
    r"\[",
    r"\\",
    "é",
    "日",
    "\u017f",
    "\u212a",
    "\n",
    "\x0b",
    '"',
    "~",
    "}",
    "]",
]
ESCAPES = [r"\d", r"\w", r"\s", r"\D", r"\W", r"\S", ".", r"\n", r"\t", r"\x61", r"\x{6b}", r"\r", r"\f", r"\a", r"\v"]
RARE_ESCAPES = [r"\pL", r"\x{e9}", r"\Qa.b\E", r"\x0b", r"\x80", r"\101", r"\C"]
ASSERTIONS = ["^", "$", r"\b", r"\B", r"\A", r"\z", "(?i)", "(?s)", "(?m)", "(?im)", "(?-s)", "(?U)", "(?-m)"]
GROUPS = ["(", "(", "(?:", "(?:", "(?i:", "(?P<n>", "(?<m>", "(?s:", "(?i-s:", "(?m:", "(?-i:", "(?-m:"]
QUANTIFIERS = ["", "", "", "", "*", "+", "?", "{2}", "{1,3}", "{0,2}", "{2,}", "{0}", "{,2}", "+?", "*?", "{1,2}?"]
CLASS_ITEMS = [
    *"abks09_-.^&[é",
    *("a-z", "A-Z", "0-9", "j-l", "R-T", "!-/", " -~", r"\x00-\x7f", "k-s", r"\n-\r", "a-c-x", r"\x41-\x{43}"),
    *(r"\s", r"\S", r"\w", r"\d", r"\W", r"\D", r"\.", r"\]", r"\n", r"\-", r"\w-z"),
    *(
        "[:alpha:]",
        "[:upper:]",
        "[:lower:]",
        "[:space:]",
        "[:punct:]",
        "[:word:]",
        "[:^alpha:]",
        "[:cntrl:]",
        "[:print:]",
    ),
]
CHARACTERS = [*'abkKsSxz019 -_=:/@.,jlRT~!"]\n\r\t\u017f\u212a\x0b\x0c\0é日😀', "ab", "ks", "\n\n", "\n\0\n"]

classes = st.builds(
    lambda negation, first, items: f"[{negation}{first}{''.join(items)}]",
    st.sampled_from(["", "", "^"]),
    st.sampled_from(["", "", "", "]"]),
    st.lists(st.sampled_from(CLASS_ITEMS), min_size=1, max_size=4),
)
atoms = st.one_of(
    st.lists(st.sampled_from(LITERALS), min_size=1, max_size=3).map("".join),
    st.sampled_from(ESCAPES),
    st.sampled_from(ESCAPES + RARE_ESCAPES),
    classes,
    st.sampled_from(ASSERTIONS),
)


def _extend(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    group = st.builds(lambda opening, body: f"{opening}{body})", st.sampled_from(GROUPS), inner)
    repeated = st.builds("{}{}".format, st.one_of(atoms, group), st.sampled_from(QUANTIFIERS))
    sequence = st.lists(repeated, min_size=1, max_size=4).map("".join)
    return st.one_of(sequence, sequence, st.lists(sequence, min_size=2, max_size=3).map("|".join))


patterns = st.recursive(atoms, _extend, max_leaves=12)
texts = st.lists(st.sampled_from(CHARACTERS), max_size=10).map("".join)
