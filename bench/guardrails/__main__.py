"""``python -m bench.guardrails``: measure the packs, alone or beside what else is installed.

The corpus is a directory of JSON lines files, or files: ``--corpus``, else what ``LLM_PROXY_CORPUS`` names, else a
directory ``../shared/corpus`` beside the checkout, if there. Without one, only what needs none is measured.
"""

import argparse
import json
import platform
from datetime import UTC, datetime
from pathlib import Path

from bench.guardrails import measure, ours, peer_litellm, streams, tables, timing
from bench.guardrails.corpus import default_paths, load
from bench.guardrails.detectors import Detector, NotInstalled
from bench.guardrails.differential import differences
from bench.guardrails.peers import PEERS, absence, installed
from bench.guardrails.placements import stopped
from bench.guardrails.summary import summary
from tests.core.placements import PATTERN

PARTS = ("quality", "differential", "placements", "encodings", "streams", "speed")


def main() -> None:
    """Measure, and print tables or JSON."""
    asked = _arguments()
    rules = ours.packs()
    own = ours.detectors()
    peers, missing = installed(asked.peers)
    every: list[Detector] = [*own, *peers]
    paths = asked.corpus or default_paths()
    cases, files = load(paths) if paths else ([], [])
    results: dict[str, object] = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": _machine(),
        "files": files,
        "rules": {name: len(each) for name, each in rules.items()},
        "detectors": {each.name: each.version for each in every},
        "missing": missing,
    }
    if "quality" in asked.only and cases:
        results["quality"] = {each.name: measure.quality(cases, each) for each in every}
    if "differential" in asked.only:
        everything = [rule for each in rules.values() for rule in each]
        hostile = list(timing.hostile(ours.keywords(rules[ours.SECRETS])).values())
        results["differential"] = differences(everything, [case.text for case in cases], hostile)
    if "placements" in asked.only:
        results["placements"] = _placements(with_litellm="litellm" in asked.peers)
    if "encodings" in asked.only:
        secrets = ours.examples(rules[ours.SECRETS])
        plain = ours.without_views(rules[ours.SECRETS])
        finders = [own[0], plain, *(each for each in peers if "secret" in each.kinds)]
        results["encodings"] = {each.name: measure.disguised(each, secrets) for each in finders}
    if "streams" in asked.only:
        watch = streams.watched(rules[ours.SECRETS])
        results["streams"] = streams.leaks(watch, ours.examples(rules[ours.SECRETS])) | streams.delay(watch)
    if "speed" in asked.only:
        prompts = measure.ordinary(cases)
        results |= _speed(every, prompts, ours.keywords(rules[ours.SECRETS]))
        results["request"] = {each.name: measure.request(each.rules, prompts) for each in own}
    if asked.json:
        asked.json.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(summary(results) if asked.table else tables.markdown(results), flush=True)
    if told := absence(peers, missing):
        measure.said(told)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.guardrails", description=__doc__)
    parser.add_argument("--corpus", nargs="+", type=Path, metavar="DIR|FILE", help="labelled texts")
    parser.add_argument("--peers", nargs="*", choices=list(PEERS), help="other detectors; alone: all")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there, too")
    parser.add_argument("--table", action="store_true", help="print the tables of the documentation, no more")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="measure these parts")
    asked = parser.parse_args()
    if asked.peers is not None and not asked.peers:
        asked.peers = list(PEERS)
    asked.peers = asked.peers or []
    return asked


def _placements(*, with_litellm: bool) -> dict[str, object]:
    rows: list[Detector] = [ours.one_rule(PATTERN, rejects=True), ours.one_rule(PATTERN, rejects=False)]
    if with_litellm:
        try:
            rows += [
                peer_litellm.ContentFilter(f", {action}", "secret", (), PATTERN, action) for action in ("BLOCK", "MASK")
            ]
        except NotInstalled:
            measure.said("litellm: not installed")
    return {
        row.name: {endpoint: (share.count, share.total) for endpoint, share in (stopped(row) or {}).items()}
        for row in rows
    }


def _speed(every: list[Detector], prompts: list[str], keywords: list[str]) -> dict[str, object]:
    texts = timing.hostile(keywords) | ({"100 KB of ordinary prompts": timing.joined(prompts)} if prompts else {})
    return {
        "speed": {each.name: measure.speed(each, prompts) for each in every} if prompts else {},
        "hostile": {each.name: measure.dear(each, texts) for each in every},
    }


def _machine() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    kind = f"{len(models)} x {models[0]}" if models else platform.machine()
    return f"{kind}, Python {platform.python_version()}"


if __name__ == "__main__":
    main()
