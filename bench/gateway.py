"""CPU per call of a real gateway process: user and system time out of /proc, divided by the calls answered.

Needs wrk (a Debian package). The gateway runs on core 0, the provider and wrk on core 1. Each row is the median of
three runs; compare rows of one table only, machines differ.

    .venv/bin/python bench/gateway.py [seconds a run]
"""

import asyncio
import json
import os
import secrets
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import uvloop

RUNS = 3
CONNECTIONS = 32
REQUEST = {
    "model": "bench-1",
    "messages": [
        {"role": "system", "content": "You answer briefly and politely, in the language of the question. " * 4},
        {"role": "user", "content": "Summarise the following minutes of the meeting in three sentences. " * 10},
    ],
    "temperature": 0.2,
}
USAGE = {"prompt_tokens": 200, "completion_tokens": 120, "total_tokens": 320}
TEXT = "The meeting decided to move the release by a week. " * 12


def whole() -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", "content": TEXT}, "finish_reason": "stop"}
    body = json.dumps(
        {"id": "c-1", "object": "chat.completion", "model": "bench-1", "choices": [choice], "usage": USAGE}
    ).encode()
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)


def streamed(events: int = 50) -> bytes:
    head = {"id": "c-1", "object": "chat.completion.chunk", "model": "bench-1"}
    chunks = [{**head, "choices": [{"index": 0, "delta": {"content": "word "}, "finish_reason": None}]}] * events
    chunks += [
        {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        {**head, "choices": [], "usage": USAGE},
    ]
    body = b"".join(b"data: %b\n\n" % json.dumps(chunk).encode() for chunk in chunks) + b"data: [DONE]\n\n"
    return (
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n"
        % (len(body), body)
    )


class Provider(asyncio.Protocol):
    """Answers every request with the same bytes: far cheaper than what is measured."""

    def __init__(self) -> None:
        self._answers = {False: whole(), True: streamed()}
        self._buffer = b""

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].lower()
            length = int(head.split(b"content-length:")[1].split(b"\r\n")[0]) if b"content-length:" in head else 0
            if len(self._buffer) < end + 4 + length:
                return
            body, self._buffer = self._buffer[end + 4 : end + 4 + length], self._buffer[end + 4 + length :]
            self._transport.write(self._answers[b'"stream":true' in body])


async def provide(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Provider, "127.0.0.1", port)
    await server.serve_forever()


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Gateway:
    """A gateway process with so many rules, a provider and a key."""

    def __init__(self, folder: Path, provider_port: int, rules: int) -> None:
        self.port, self._token = free_port(), secrets.token_hex(16)
        environment = {
            **os.environ,
            "ADDR": f"127.0.0.1:{self.port}",
            "DSN": str(folder / f"{rules}.db"),
            "ADMIN_TOKEN": self._token,
        }
        self.process = subprocess.Popen(
            ["taskset", "-c", "0", sys.executable, "-m", "llm_proxy.cli", "serve"],
            env=environment,
            stderr=subprocess.DEVNULL,
        )
        self._wait()
        provider = self._admin(
            "providers",
            {"name": "p", "base_url": f"http://127.0.0.1:{provider_port}", "api_key": "sk-bench-credential"},
        )
        self.key = self._admin("keys", {"name": "k", "provider_id": provider["id"], "rate_limit_rpm": 0})["key"]
        for number in range(rules):
            self._admin(
                "guardrails", {"pattern": rf"\bvend{number:03d}_[A-Za-z0-9]{{{20 + number % 40}}}\b", "mode": "reject"}
            )

    def _wait(self) -> None:
        for _ in range(200):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=1).read()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise SystemExit("the gateway did not start")

    def _admin(self, path: str, body: dict) -> dict:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/admin/{path}",
            json.dumps(body).encode(),
            {"authorization": f"Bearer {self._token}"},
        )
        return json.load(urllib.request.urlopen(request, timeout=30))

    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(15)


def measure(gateway: Gateway, folder: Path, body: bytes, seconds: int) -> tuple[float, float]:
    """Return CPU microseconds a call and calls a second."""
    script = folder / "post.lua"
    script.write_text(
        f'wrk.method = "POST"\nwrk.body = [==[{body.decode()}]==]\n'
        f'wrk.headers["Authorization"] = "Bearer {gateway.key}"\nwrk.headers["Content-Type"] = "application/json"\n'
    )
    url = f"http://127.0.0.1:{gateway.port}/v1/chat/completions"
    before = gateway.cpu_s()
    run = ["taskset", "-c", "1", "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(script), url]
    out = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    spent = gateway.cpu_s() - before
    if "Non-2xx" in out:
        raise SystemExit(out)
    calls = int(out.split(" requests in")[0].split()[-1])
    return spent / calls * 1e6, calls / seconds


def main() -> None:
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    bodies = {
        "plain": json.dumps(REQUEST),
        "50 events at once": json.dumps({**REQUEST, "stream": True}, separators=(",", ":")),
    }
    port = free_port()
    provider = subprocess.Popen(["taskset", "-c", "1", sys.executable, __file__, "--provide", str(port)])
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            print(f"{'rules':>6} {'call':<20} {'CPU µs':>8} {'calls/s':>8} {'MB':>6}")
            for rules in (0, 100, 220):
                gateway = Gateway(folder, port, rules)
                for label, body in bodies.items():
                    measure(gateway, folder, body.encode(), 1)
                    runs = [measure(gateway, folder, body.encode(), seconds) for _ in range(RUNS)]
                    cpu, rate = (statistics.median(column) for column in zip(*runs, strict=True))
                    print(f"{rules:>6} {label:<20} {cpu:>8.0f} {rate:>8.0f} {gateway.memory_mb():>6.0f}", flush=True)
                gateway.stop()
    finally:
        provider.terminate()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--provide"]:
        uvloop.run(provide(int(sys.argv[2])))
    else:
        main()
