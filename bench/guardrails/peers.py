"""The other detectors that install beside ours, and those that do not."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from bench.guardrails import peer_litellm
from bench.guardrails.detectors import Detector, NotInstalled
from bench.guardrails.peer_detect_secrets import DetectSecrets
from bench.guardrails.peer_presidio import Presidio

PEERS: Mapping[str, tuple[Callable[[], Detector], ...]] = MappingProxyType(
    {
        "detect-secrets": (DetectSecrets,),
        "litellm": (peer_litellm.secrets, peer_litellm.personal_data),
        "presidio": (lambda: Presidio(0.4), lambda: Presidio(0.0)),
    }
)


INSTALL = "`make bench-guardrails` installs all of them into an environment of their own"


def absence(there: Sequence[Detector], missing: Sequence[str]) -> str:
    """Return what to say last of peers that were wanted and are not installed; "" where all are."""
    if not missing:
        return ""
    what = "None of the other detectors is installed, ours stand alone" if not there else "Not installed, not measured"
    return f"!! {what}: {'; '.join(missing)}. {INSTALL}."


def installed(names: list[str]) -> tuple[list[Detector], list[str]]:
    """Return the peers that are there, and the names of those that are not."""
    there: list[Detector] = []
    missing: list[str] = []
    for name in names:
        for make in PEERS[name]:
            try:
                there.append(make())
            except NotInstalled as exc:
                missing.append(str(exc))
    return there, missing
