"""What a match must be besides matching: checksums, randomness, length, no placeholder."""

from collections.abc import Callable

from llm_proxy.errors import BadPattern

Validator = Callable[[str], bool]


def parse_validator(text: str) -> Validator:
    """Return the validator that a rule names; raises BadPattern with the names there are."""
    raise BadPattern(f"There is no validator {text!r}.")
