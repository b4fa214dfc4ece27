"""The other detectors that install beside ours, and those that do not."""

from collections.abc import Callable, Mapping
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
