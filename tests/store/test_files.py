import os
from pathlib import Path

import pytest

from llm_proxy.store.files import drafted


def test_a_finished_draft_gets_the_name_and_is_private(tmp_path: Path) -> None:
    previous = os.umask(0)
    try:
        with drafted(tmp_path / "file") as draft:
            draft.write_text("whole")
    finally:
        os.umask(previous)
    assert (tmp_path / "file").read_text() == "whole"
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_a_draft_that_failed_leaves_nothing(tmp_path: Path) -> None:
    def fail_half_way() -> None:
        with drafted(tmp_path / "file") as draft:
            draft.write_text("half")
            raise KeyError

    with pytest.raises(KeyError):
        fail_half_way()
    assert list(tmp_path.iterdir()) == []


def test_the_first_of_two_drafts_stays(tmp_path: Path) -> None:
    with drafted(tmp_path / "file") as slow:
        with drafted(tmp_path / "file") as quick:
            quick.write_text("first")
        slow.write_text("second")
    assert (tmp_path / "file").read_text() == "first"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]
