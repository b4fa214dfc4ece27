"""Which files a scan reads, and as what."""

import io
from pathlib import Path

import pytest

from llm_proxy.scan.sources import Skipped, find_files, read_text


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("b.py", "a/one.txt", "a/two.lock", "a/deep/x.md", ".git/config", "a/node_modules/m.js", ".env"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    return tmp_path


@pytest.mark.parametrize(
    ("paths", "excluded", "found"),
    [
        (["."], (), [".env", "b.py", "a/one.txt", "a/two.lock", "a/deep/x.md"]),
        (["."], ("*.lock", "deep"), [".env", "b.py", "a/one.txt"]),
        (["."], ("a/*",), [".env", "b.py"]),
        (["a"], ("a/deep/",), ["a/one.txt", "a/two.lock"]),
        (["a", "a/one.txt", "b.py"], (), ["a/one.txt", "a/two.lock", "a/deep/x.md", "b.py"]),
        (["-", "b.py"], (), ["-", "b.py"]),
        (["absent"], (), ["absent"]),
        ([".git/config"], (), [".git/config"]),
    ],
)
def test_files_are_found_once_in_order_without_what_nobody_wrote(tree, paths, excluded, found):
    assert list(find_files(paths, excluded)) == found


def test_links_are_not_followed_into_other_folders_or_nowhere(tree):
    (tree / "a/up").symlink_to(tree, target_is_directory=True)
    (tree / "a/gone").symlink_to(tree / "nothing")
    assert list(find_files(["a"])) == ["a/one.txt", "a/two.lock", "a/deep/x.md"]


def test_a_folder_that_cannot_be_listed_is_a_fault(tree, monkeypatch):
    def walk(path, onerror):
        onerror(PermissionError(13, "Permission denied", "a"))
        return iter(())

    monkeypatch.setattr("llm_proxy.scan.sources.os.walk", walk)
    assert list(find_files(["a"])) == [Skipped("a", "Permission denied", is_fault=True)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_text_is_read_in_the_encoding_that_it_says(encoding):
    text = "Grüße 🦜\r\n" * 3000
    marked = text.encode(encoding) if encoding != "utf-16-le" else b"\xff\xfe" + text.encode(encoding)
    parts = read_text(io.BytesIO(marked))
    assert parts is not None
    assert "".join(parts) == text


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
def test_ascii_behind_two_broken_bytes_is_read(mark):
    parts = read_text(io.BytesIO(mark + b"\xfa bad \x80 canary-1 is here, all the same\n"))
    assert parts is not None
    assert "canary-1" in "".join(parts)


def test_bytes_of_another_encoding_are_read_around():
    parts = read_text(io.BytesIO(b"caf\xe9 canary-1"))
    assert parts is not None
    assert "".join(parts) == "caf\ufffd canary-1"


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\0\0", b"\x7fELF\0", b"a" * 8000 + b"\0"])
def test_binary_is_not_read(data):
    assert read_text(io.BytesIO(data)) is None
