"""May this rule be stored? What its author should know first: its cost, and what it would flag by mistake."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from llm_proxy.admission import adversary
from llm_proxy.admission.dry_run import DryRun, dry_runs, said
from llm_proxy.admission.streams import holds_up
from llm_proxy.core.fingerprints import Fingerprinter
from llm_proxy.core.guardrails import check_rule
from llm_proxy.core.patterns import Pattern
from llm_proxy.core.strict_json import clean
from llm_proxy.core.watch import Watch, compile_rules
from llm_proxy.errors import BadPattern, BadRequest
from llm_proxy.records import Guardrail

MOST_S = 0.05  # of this thread's own time, for each hostile text of 100,000 characters
_TOLD_S = 5e-6  # for each match: to tell of one is our cost, not the pattern's
_ROUNDS = 5
_HOPELESS = 5  # times as long, and so in three rounds: another one would not help
_MOST_HOPELESS = 3
_STALL_S = 1.0  # a machine may stand still for a moment, hardly for so long: such a round counts for more


@dataclass(frozen=True, slots=True)
class Admitted:
    """A rule that may be stored, and what its author should hear first."""

    dry_run: DryRun
    warnings: tuple[str, ...]


def admit(rule: Guardrail, fingerprinter: Fingerprinter | None = None) -> Admitted:
    """Judge a rule whose members are each well-formed. Takes up to a second: to be called in a thread.

    Raises BadPattern or BadRequest with the reason and the member (``param``) that is wrong.
    """
    watch = judge(rule, fingerprinter)
    (dry_run,) = dry_runs(watch, [rule.id])
    return Admitted(dry_run, warnings(rule, dry_run))


def warnings(rule: Guardrail, dry_run: DryRun | None) -> tuple[str, ...]:
    """Return what the author of a rule should know about it."""
    told = []
    if dry_run is not None and dry_run.flagged:
        told.append(f"It would flag {dry_run.flagged} of {dry_run.texts} ordinary texts.")
    if "response" in rule.directions and rule.mode != "monitor" and holds_up(said(rule)):
        told.append(
            "Streamed answers would wait for it: it takes much of an ordinary text for the beginning of a match. Bound "
            "its repetitions, or let it begin with something that is rare."
        )
    return tuple(told)


def judge(rule: Guardrail, fingerprinter: Fingerprinter | None = None) -> Watch:
    """Check all but what the rule finds in ordinary texts; return it, ready to be asked. Raises as ``admit``."""
    watch = check(rule, fingerprinter)
    _check_time(watch.rules.detectors[0].pattern)
    return watch


def check(rule: Guardrail, fingerprinter: Fingerprinter | None = None) -> Watch:
    """Check all that takes no time: whether the parts of a rule fit together and its examples behave.

    Return the rule, ready to be asked. Raises as ``admit``.
    """
    if "spaceless" in rule.views and rule.mode != "monitor":
        raise BadRequest("The view spaceless is for rules of the mode monitor only.", param="views")
    check_rule(rule)
    watch = compile_rules([replace(rule, enabled=True)], 0, fingerprinter).watch(rule.directions[0])
    for index, example in enumerate(rule.examples):
        if bool(watch.find([clean(example.text)])) != example.match:
            reason = "should match, and nothing is found in it" if example.match else "should not match, and does"
            raise BadRequest(f"Example {index} {reason}.", param=f"examples[{index}]")
    return watch


def _check_time(pattern: Pattern) -> None:
    for text in adversary.texts(pattern.source):
        if _too_slow(pattern, text):
            raise BadPattern(
                f"The pattern takes longer than {MOST_S * 1000:.0f} ms for a hostile text of 100 KB. Bound its "
                "repetitions, and let it begin with something that is rare.",
                param="pattern",
            )


def _too_slow(pattern: Pattern, text: str, clock: Callable[[], float] = time.thread_time) -> bool:
    """Say whether the best of a few rounds takes too long; the time of other threads does not count.

    No single round decides against a pattern: a machine that stands still for a moment counts that as our time.
    """
    hopeless = 0
    for _ in range(_ROUNDS):
        started = clock()
        found = pattern.matches(text)
        taken_s = clock() - started - len(found) * _TOLD_S
        if taken_s <= MOST_S:
            return False
        hopeless += 1 + int(taken_s // _STALL_S) if taken_s > _HOPELESS * MOST_S else 0
        if hopeless >= _MOST_HOPELESS:
            break
    return True
