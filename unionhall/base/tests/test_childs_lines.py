"""A child's lines are had as it says them, whole, and it never outlives whoever listens."""

from __future__ import annotations

import os
import time

import pytest

from unionhall.base.childs_lines import lines_of
from unionhall.base.unreadable import UnreadableFile


@pytest.fixture
def child(tmp_path):
    def child(program):
        path = tmp_path / "child.py"
        path.write_text(program)
        return path

    return child


def test_long_lines_and_short_ones_come_whole(child):
    program = child(
        "import sys; given = sys.stdin.buffer.read()\n"
        "sys.stdout.buffer.write(b'a\\n\\n' + given * 3 + b'\\nb\\n' + given)"
    )
    content = bytes(range(11, 256)) * 20_000
    assert list(lines_of(program, content, patience_s=20)) == [
        b"a", b"", content * 3, b"b", content,
    ]  # fmt: skip


def test_it_goes_on_while_nobody_takes_its_lines(child, tmp_path):
    """More than a pipe holds; otherwise it would stand still until somebody does."""
    program = child(
        "import sys, pathlib\n"
        "print('begun', flush=True)\n"
        "print('x' * (4 << 20), flush=True)\n"
        f"pathlib.Path({str(tmp_path / 'through')!r}).touch()\n"
        "print('done')"
    )
    lines = lines_of(program, b"", patience_s=20)
    assert next(lines) == b"begun"
    until = time.monotonic() + 20
    while not (tmp_path / "through").exists():
        assert time.monotonic() < until, "it stands still"
        time.sleep(0.01)
    assert [len(line) for line in lines] == [4 << 20, 4]


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("import time; print('one', flush=True); time.sleep(60)", "too_long"),
        ("import os; os.close(1); import time; time.sleep(60)", "too_long"),
        ("import os; print('one', flush=True); os.abort()", "too_large"),
        ("import os, signal; print('one', flush=True); os.kill(0 or os.getpid(), signal.SIGXCPU)", "too_long"),
    ],
    ids=["silent", "silent behind the end", "aborted", "out of time"],
)  # fmt: skip
def test_a_child_that_meets_a_limit_is_refused_behind_its_good_lines(child, program, reason):
    came = []
    with pytest.raises(UnreadableFile) as refusal:
        came.extend(lines_of(child(program), b"x" * (1 << 20), patience_s=1))
    assert refusal.value.reason == reason
    assert came in ([], [b"one"])


def test_a_line_that_is_cut_off_is_not_told(child):
    program = child("import os; os.write(1, b'one\\n[[1, 2'); os.abort()")
    came = []
    with pytest.raises(UnreadableFile):
        came.extend(lines_of(program, b"", patience_s=20))
    assert came == [b"one"]


def test_it_gets_no_key_of_the_house(child, monkeypatch):
    monkeypatch.setenv("UNIONHALL_FIELD_KEYS", "secret")
    program = child("import os; print([name for name in os.environ if 'UNION' in name])")
    assert list(lines_of(program, b"", patience_s=20)) == [b"[]"]


def test_it_ends_when_nobody_listens_any_more(child):
    program = child("import os, time; print(os.getpid(), flush=True); time.sleep(60)")
    lines = lines_of(program, b"x" * (1 << 20), patience_s=20)
    pid = int(next(lines))
    os.kill(pid, 0)  # it is there
    lines.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
