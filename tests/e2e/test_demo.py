"""The demo is the first thing a newcomer runs: it shows the whole job on real calls and ends well."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from tests.gateway_process import chat_body, eventually
from tests.wire import call

DEMO = [sys.executable, "-m", "llm_proxy.cli", "demo"]
WIDE = os.environ | {"COLUMNS": "160"}  # a table's row stays on one line


def assert_tells_the_story(shown: str) -> None:
    """The four calls, the three that reached the provider, and both findings are there."""
    for word in ("plain", "streamed", "redacted", "rejected", "/admin/usage", "/admin/guardrail-events"):
        assert word in shown, word
    assert "guardrail_rejected" in shown
    assert len(re.findall("chat/completions .*sandbox-echo", shown)) == 3, shown
    assert "Traceback" not in shown


def test_the_demo_shows_four_calls_what_they_cost_and_what_was_found(tmp_path: Path) -> None:
    ran = subprocess.run([*DEMO, "--once"], cwd=tmp_path, env=WIDE, stdout=-1, stderr=-2, timeout=50, check=True)
    assert_tells_the_story(ran.stdout.decode())
    assert list(tmp_path.iterdir()) == []


def test_the_demo_goes_on_serving_what_it_printed_until_it_is_interrupted(tmp_path: Path) -> None:
    out = tmp_path / "out.txt"
    with out.open("wb") as log:
        demo = subprocess.Popen(DEMO, cwd=tmp_path, env=WIDE, stdout=log, stderr=log)
    try:
        shown = eventually(out.read_text, lambda text: "curl " in text and "-d '" in text, 30)
        assert_tells_the_story(shown)
        curl = shown[shown.index("curl ") :]
        port, path = re.findall(r"http://127\.0\.0\.1:(\d+)(/v1/\S+)", curl)[0]
        (key,) = set(re.findall(r"llmp-[0-9a-f]{64}", curl))
        body = chat_body(model="sandbox-echo")
        answer = call(int(port), "POST", path, headers={"Authorization": f"Bearer {key}"}, body=body)
        assert answer.json()["choices"][0]["message"]["content"] == "Say hello."
        demo.send_signal(signal.SIGINT)
        assert demo.wait(10) == 0
    finally:
        demo.kill()
        demo.wait(5)
    assert "Traceback" not in out.read_text()
