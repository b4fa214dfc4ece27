"""Made-up secrets of every shape that matters to a stream, each with a rule that finds it, and texts around them."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from llm_proxy.core.watch import Watch, compile_rules
from llm_proxy.records import Guardrail, Mode

NOW = datetime(2026, 1, 2, tzinfo=UTC)

# name: pattern, group of the secret
RULES: dict[str, tuple[str, int]] = {
    "vendor-key": (r"\bAKZA[A-Z0-9]{16}\b", 0),
    "prefixed-token": (r"\bzzp_[A-Za-z0-9]{24,36}\b", 0),
    "dashed-token": (r"\bzk-(?:live|test)-[A-Za-z0-9_-]{20,}", 0),
    "jwt": (r"\bey[A-Za-z0-9_-]{8,}\.ey[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}", 0),
    "private-key": (r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----[\s\S]+?-----END [A-Z ]{0,20}PRIVATE KEY-----", 0),
    "quoted-phrase": (r'(?i)passphrase\s*[:=]\s*"([^"\n]{8,80})"', 1),
    "assignment": (r"(?i)\bpassword\s{0,3}[:=]\s{0,3}['\"]?([^\s'\"\[]{6,60})", 1),
    "card": (r"\b(?:\d{4}[ -]?){3}\d{4}\b", 0),
    "iban": (r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,6}(?: ?[A-Z0-9]{1,3})?\b", 0),
    "connection": (r"\b[a-z]{4,10}://[^\s:/@]{1,40}:([^\s:/@]{4,60})@", 1),
    "bearer": (r"(?i)authorization:\s{0,3}bearer\s{1,3}([A-Za-z0-9._~+/-]{16,}=*)", 1),
    "e-mail": (r"\b[A-Za-z0-9._%+-]{1,40}@[A-Za-z0-9.-]{1,60}\.[A-Za-z]{2,10}\b", 0),
    "phone": (r"\+\d{2}(?:[ -]?\d{2,4}){3,4}\b", 0),
    "uuid-secret": (r"(?i)secret[ :=]{1,3}([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", 1),
    "flag": (r"--token[ =]([A-Za-z0-9]{12,40})\b", 1),
    "name": (r"\bMs Amber Example\b", 0),
}

_KEY, _TOKEN = "AKZA7Q2M4N6P8R0S3T5V", "zzp_4Fj8sK2mQ9wE7rT1yU5iO3pA"
_PEM = "-----BEGIN RSA PRIVATE KEY-----\n" + "MIIEowIBAAKCAQEAx7Qb\n" * 6 + "-----END RSA PRIVATE KEY-----"


@dataclass(frozen=True)
class Shape:
    """A text around a secret; ``secret`` is what must not be delivered."""

    name: str
    before: str
    secret: str
    after: str

    @property
    def text(self) -> str:
        return self.before + self.secret + self.after


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


SHAPES = [
    Shape("vendor key", "Use ", _KEY, " for this."),
    Shape("vendor key at the start", "", _KEY, ", as told"),
    Shape("vendor key at the end", "It is ", _KEY, ""),
    Shape("vendor key in quotes", 'key = "', _KEY, '"\nnext line'),
    Shape("vendor key in brackets", "see (", _KEY, ") there"),
    Shape("vendor key in a URL", "https://api.example/?k=", _KEY, "&x=1 ok"),
    Shape("vendor key after a dash", "the key-", _KEY, "\n\nThat is it"),
    Shape("two keys' first", "a ", _KEY, " b"),
    Shape("prefixed token", "token: ", _TOKEN, "\nmore words"),
    Shape("prefixed token in code", "x = f('", _TOKEN, "')  # call"),
    Shape("dashed token", "my ", "zk-live-8sK2mQ9wE7rT1yU5iO3pA_4Fj", " works"),
    Shape("JWT", "it is ", "eyJhbGciOi.eyJzdWIiOi.SflKxwRJSM_x", " now"),
    Shape("private key", "Here:\n", _PEM, "\nKeep it."),
    Shape("private key in a fence", "```\n", _PEM, "\n```\ndone"),
    Shape("unfinished words before a private key", "-----BEGIN of a story ", _PEM, " end"),
    Shape("quoted phrase", 'passphrase = "', "correct horse battery staple", '" and on'),
    Shape("quoted phrase on a new line", 'Passphrase:\n"', "three little words here", '"'),
    Shape("password", "password = ", "hunter2hunter2", " please"),
    Shape("password in quotes", "password: '", "p@55w0rd!x", "' ok"),
    Shape("card with spaces", "Card ", "4111 1111 1111 1111", " is valid"),
    Shape("card with dashes", "Card ", "4111-1111-1111-1111", "."),
    Shape("card between numbers", "In 2024 7 of ", "4111 1111 1111 1111", " 12 ones"),
    Shape("IBAN with spaces", "Pay to ", "DE89 3704 0044 0532 0130 00", " today"),
    Shape("IBAN without", "Pay to ", "DE89370400440532013000", " today"),
    Shape("connection string", "postgres://app:", "s3cr3tpassw0rd", "@db.example/app now"),
    Shape("bearer", "Authorization: Bearer ", "mF_9.B5f-4.1JqM8x7z", "\nAccept: */*"),
    Shape("e-mail", "Write to ", "ada.lovelace@example.org", " soon"),
    Shape("e-mail at the end of a sentence", "Write to ", "ada@example.org", ". Then wait"),
    Shape("phone", "Call ", "+49 170 1234 5678", " now"),
    Shape("UUID", "secret: ", "3f2b8c1e-9d4a-4b7e-8c21-0a5d6e7f8a9b", " here"),
    Shape("flag", "run --token ", "A1b2C3d4E5f6G7", " --fast"),
    Shape("name", "Dear ", "Ms Amber Example", ", hello"),
    Shape("fullwidth", "see ", "".join(chr(ord(c) + 0xFEE0) for c in _KEY), " there"),
    Shape("zero-width", "see ", "\u200b".join(_KEY), " there"),
    Shape("soft hyphen", "see ", _KEY[:2] + "\u00ad" + _KEY[2:], " there"),
    Shape("Cyrillic", "see ", _KEY.replace("A", "\u0410").replace("M", "\u041c"), " there"),
    Shape("base64", "see ", _base64(f"the key is {_KEY} and more"), " there"),
    Shape("double base64", "see ", _base64(_base64(f"the key is {_KEY} and")), " there"),
    Shape("hex", "see ", f"key {_KEY} !".encode().hex(), " there"),
    Shape("hex pairs", "see ", " ".join(f"{byte:02x}" for byte in f"key {_KEY} !".encode()), " there"),
    Shape("percent", "see ", "".join(f"%{ord(c):02X}" for c in _KEY), " there"),
    Shape("percent with spaces", "see passphrase%3D%22", quote("three little words"), "%22 there"),
    Shape("unicode escapes", "see ", "".join(f"\\u{ord(c):04x}" for c in _KEY), " there"),
    Shape("HTML entities", "see ", "".join(f"&#{ord(c)};" for c in _KEY), " there"),
    Shape("concatenated", 'k = "', f'{_KEY[:6]}" + "{_KEY[6:12]}" + "{_KEY[12:]}', '" # end'),
    Shape("concatenated over lines", 'k = ("', f'{_KEY[:6]}"\n     "{_KEY[6:]}', '")'),
    Shape("after Chinese", "密钥是", _KEY, "、请保密"),
    Shape("after emoji", "🔑🔑 ", _KEY, " 🙂"),
]

CLEAN = [
    "A clean answer of several words, with numbers such as 12 and 2024 and 1,000.",
    'He said "hello" + "world" to the made-up feed; password rules are long.\n\n- item one\n- item two\n',
    "漢字とかなの文章です。 Und ein Satz auf Deutsch: größer als 3 %.",
    "def f(x):\n    return {'a': x + 1, \"b\": [1, 2, 3]}  # -----BEGIN of nothing\n",
]


def watch(mode: Mode = "replace", replace_by: str = "[X]") -> Watch:
    """Return all the rules, for answers."""
    rules = [
        Guardrail(name, pattern, mode, replace_by, NOW, NOW, secret_group=group, directions=("response",))
        for name, (pattern, group) in RULES.items()
    ]
    return compile_rules(rules, 1).watch("response")
