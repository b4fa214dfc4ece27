"""Ask every detector about every case and add up. Results are plain dictionaries, for JSON and for the tables."""

import random
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import FrameType

from bench.engine import chat
from bench.guardrails import ours, timing
from bench.guardrails.corpus import Case
from bench.guardrails.detectors import Detector, merged
from bench.guardrails.encodings import ENCODINGS
from bench.guardrails.scoring import Found, Share, flagged, is_found, leaked, percentile, precision, recall, uncovered

from llm_proxy.core.endpoints import ENDPOINTS
from llm_proxy.core.guardrails import inspect
from llm_proxy.core.strict_json import read
from llm_proxy.core.watch import RuleSet

_CHAT = 11_600  # bytes, or nearly
PROMPTS = 200  # so many ordinary prompts are timed
PATIENCE_S = 20
LONGEST_PROMPT = 20_000
MOST_MISSED = 40


def quality(cases: Sequence[Case], detector: Detector) -> dict[str, object]:
    """Return recall, false positives and precision by source, and what a replacement leaves."""
    said(f"{detector.name}: {len(cases)} texts")
    scored = [(case, detector.found(case.text)) for case in cases]
    own = [
        (case, found) for case, found in scored if case.label not in {"secret", "pii"} or case.label in detector.kinds
    ]
    return {
        "recall": _plain(recall(own)),
        "flagged": _plain(flagged(scored)),
        "precision": _plain(precision(own)),
        "left": _left(scored, detector),
        "missed": _missed(own),
    }


def disguised(detector: Detector, secrets: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return, for each encoding, how many secrets are found in it."""
    said(f"{detector.name}: {len(secrets)} secrets in {len(ENCODINGS)} encodings")
    return {
        name: (sum(bool(detector.found(encode(secret))) for secret in secrets), len(secrets))
        for name, encode in ENCODINGS.items()
    }


def speed(detector: Detector, prompts: Sequence[str]) -> dict[str, float]:
    """Return the cost of ordinary prompts: the median a KB, and the middle and the dearest percent a prompt."""
    said(f"{detector.name}: time of {len(prompts)} prompts")
    times = timing.each_s(detector.found, prompts)
    by_size = [spent * 1e6 / (len(text.encode()) / 1024) for spent, text in zip(times, prompts, strict=True)]
    return {
        "µs/KB": percentile(by_size, 0.5),
        "p50 µs": percentile(times, 0.5) * 1e6,
        "p99 µs": percentile(times, 0.99) * 1e6,
    }


def dear(detector: Detector, texts: Mapping[str, str]) -> dict[str, float | None]:
    """Return the milliseconds that dear texts take, None for more than anybody waits."""
    said(f"{detector.name}: dear texts")
    return {name: _patiently(partial(detector.found, text)) for name, text in texts.items()}


def ordinary(cases: Iterable[Case], count: int = PROMPTS) -> list[str]:
    """Return prompts to be timed: some of the benign cases, the same ones every time."""
    texts = [case.text for case in cases if case.rule == "prompt" and len(case.text) <= LONGEST_PROMPT]
    return random.Random(1).sample(texts, min(count, len(texts)))


def request(rules: RuleSet, prompts: Sequence[str]) -> dict[str, float]:
    """Return the microseconds that a chat of 11.6 KB takes: to read, to look through, and to look through again.

    It is made of words, and in the end, if there are any, of ordinary prompts: these have code and addresses in them.
    """
    bodies = {"": chat(random.Random(7), _CHAT)}
    if prompts:
        bodies[", prompts"] = timing.conversation([text for text in prompts if len(text) < _CHAT // 4], _CHAT)
    endpoint = ENDPOINTS["chat/completions"]
    nothing, forgetful = ours.forgetful(ours.compile_rules([], 1)), ours.forgetful(rules)
    told: dict[str, float] = {}
    for name, body in bodies.items():
        document = read(body)
        calls = {
            "read": partial(read, body),
            "no rules": partial(inspect, document, endpoint, nothing.watch()),
            "first look": partial(inspect, document, endpoint, forgetful.watch()),
            "seen before": partial(inspect, document, endpoint, rules.watch()),
        }
        told[f"bytes{name}"] = len(body)
        told |= {f"{each}{name}": timing.cost_s(call) * 1e6 for each, call in calls.items()}
    return told


def said(message: str) -> None:
    """Tell whoever waits."""
    print(message, file=sys.stderr, flush=True)


def _left(scored: Sequence[tuple[Case, Found]], detector: Detector) -> dict[str, int]:
    """Return what replacing leaves, in the cases that hold something and are found.

    ``own``: cases in which eight characters of a finding are still sent. ``label``: the same of a labelled span that a
    finding touches, for labels may reach further; ``outside``: how many of their characters no finding covers.
    """
    left = {"found": 0, "refused": 0, "own": 0, "label": 0, "outside": 0}
    for case, found in scored:
        if not (case.is_positive and case.label in detector.kinds and is_found(case, found)):
            continue
        sent = detector.replaced(case.text)
        left["found"] += 1
        left["refused"] += sent is None
        left["outside"] += uncovered(case, found)
        if sent is not None:
            spans = tuple(merged(found)) if isinstance(found, list) else ()
            left["own"] += leaked(replace(case, spans=spans), found, sent)
            left["label"] += leaked(case, found, sent)
    return left


def _missed(scored: Iterable[tuple[Case, Found]]) -> dict[str, int]:
    """Return the sources' own rules of which most cases are missed."""
    missed = Counter(
        f"{case.source} {case.rule}" for case, found in scored if case.is_positive and not is_found(case, found)
    )
    return dict(missed.most_common(MOST_MISSED))


def _patiently(call: Callable[[], object]) -> float | None:
    def give_up(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(PATIENCE_S)
    try:
        once = timing.cost_s(call, 1)
        signal.alarm(0)
        return (min(once, timing.cost_s(call)) if once < 0.2 else once) * 1e3
    except TimeoutError:
        return None
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _plain(shares: dict[str, Share]) -> dict[str, tuple[int, int]]:
    return {name: (share.count, share.total) for name, share in shares.items()}
