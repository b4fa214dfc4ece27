"""A corpus is where it is said to be, and of the form that is told, or the program says what is wrong with it."""

import json
from pathlib import Path

import pytest
from bench.guardrails import corpus

ROW = {"source": "a/b@1", "license": "MIT", "rule": "r", "text": "k abc", "label": "secret", "secret_span": [[2, 5]]}


def test_cases_are_read_from_files_and_directories(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(ROW) + "\n\n" + json.dumps(ROW | {"secret_span": None}) + "\n")
    (tmp_path / "README.md").write_text("no case")
    cases, files = corpus.load([tmp_path, tmp_path / "a.jsonl"])
    assert files == ["a.jsonl", "a.jsonl"]
    assert [case.spans for case in cases] == [((2, 5),), ()] * 2
    assert {(case.source, case.rule, case.text, case.is_positive) for case in cases} == {("a/b", "r", "k abc", True)}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no corpus"),
        ("{", "line 1 is no labelled text"),
        (json.dumps(ROW) + "\n[]", "line 2 is no labelled text"),
        (json.dumps({"source": "a", "rule": "r"}), "line 1 is no labelled text: KeyError"),
    ],
)
def test_what_is_no_corpus_is_said_in_a_sentence(content: str | None, said: str, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    if content is not None:
        path.write_text(content)
    with pytest.raises(SystemExit, match=said) as caught:
        corpus.load([path])
    assert str(path) in str(caught.value)


def test_an_empty_directory_is_no_corpus(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"no \.jsonl file"):
        corpus.load([tmp_path])


def test_the_environment_says_where_the_corpus_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(corpus.VARIABLE, str(tmp_path))
    assert corpus.default_paths() == [tmp_path]
