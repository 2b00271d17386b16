"""Kill -9 at random points of the import of a bank: in the end all is as after one clean run."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from itertools import count, pairwise

import pytest
from django.conf import settings
from django.db import connection

from tests.journeys.test_killed_import import ROOT, address
from unionhall.base.files.models import PrivateFile
from unionhall.base.ledger.queries import entries_of
from unionhall.domain.quiz import actions as quiz
from unionhall.domain.quiz.invariants import INVARIANTS
from unionhall.domain.quiz.models import (
    Bank,
    BankImport,
    BankImportRow,
    Question,
    QuestionPicture,
    QuestionVersion,
)
from unionhall.domain.quiz.rules.exchange import moodle_xml
from unionhall.domain.quiz.rules.questions import MULTIPLE, QuestionDraft
from unionhall.domain.quiz.tests.pictures import a_picture
from unionhall.people.unions import actions as tree
from unionhall.people.unions.models import Union

QUESTIONS, KILLS = (20_000, 20) if os.environ.get("UNIONHALL_FULL") else (2_000, 3)
PICTURED = QUESTIONS // 10  # each so many a question with a picture
ROW = ("place", "sheet", "row", "line", "verdict", "reason_codes", "normalisations", "about")
VERSION = (
    "question__stem_hash", "nth", "current", "kind", "stem", "options", "answer", "difficulty",
    "score", "explanation", "category", "tags", "pictured", "name", "source",
)  # fmt: skip


def a_question(nth: int, *, answer: str = "AC") -> QuestionDraft:
    picture = (a_picture(f"第 {nth} 个阀门", colour=nth),) if nth % PICTURED == 0 else ()
    return QuestionDraft(
        MULTIPLE, f"第 {nth} 个阀门怎么关？", [*answer], (f"转 {nth} 圈", "不关", "先通风", "走开"),
        category="安全/用气", tags=("用气",), pictures=picture,
    )  # fmt: skip


@pytest.fixture(scope="module")
def files() -> list[bytes]:
    """Two for one bank: the second has a part of the first again, and of that a part otherwise."""
    parts = QUESTIONS // 10
    first = [a_question(nth) for nth in range(QUESTIONS * 8 // 10)]
    again = [a_question(nth, answer="AC" if nth % 2 else "AB") for nth in range(parts)]
    more = [a_question(nth) for nth in range(len(first), QUESTIONS)]
    lame = "<question type='multichoice'><questiontext><text>一</text></questiontext></question>"
    second = moodle_xml.write([*again, *more, *more[:3]]).replace("</quiz>", f"{lame}</quiz>")
    return [moodle_xml.write(first).encode(), second.encode()]


@pytest.mark.django_db(transaction=True)
def test_a_killed_bank_ends_like_a_clean_one(files, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    tree.found("七号厂工会", parent=None, level=Union.Level.GRASSROOTS)
    chance, kills = random.Random(20), 0
    clean, took, _kills = filled(files, iter(()), tmp_path)
    assert len(clean["questions"]) == QUESTIONS
    assert len(clean["pictures"]) == QUESTIONS // PICTURED
    assert [sent[2]["reasons"] for sent in clean["imports"]] == [
        {},
        {
            "DUP_STEM": QUESTIONS // 20 + 3,
            "DUP_STEM_CONFLICT": QUESTIONS // 20,
            "ANSWER_EMPTY": 1,
            "OPTION_TOO_FEW": 1,
        },
    ]
    while kills < KILLS:
        points = sorted(chance.uniform(0, took) for _kill in range(KILLS - kills))
        delays = (later - point for point, later in pairwise([0, *points]))
        killed, _took, hit = filled(files, delays, tmp_path)
        assert killed == clean
        kills += hit


def filled(files, delays, data):
    """The bank when both files are done, the seconds of the last start, and how many kills hit."""
    forget_everything()
    for nth, content in enumerate(files):
        quiz.receive_bank(
            content, name=f"{nth}.xml", union=Union.objects.get(), bank_name="安全", by=None
        )
    for kills in count():
        with started(data) as worker:
            assert worker.stdout.readline() == b"ready\n"
            began = time.monotonic()
            try:
                worker.wait(next(delays, None))
            except subprocess.TimeoutExpired:
                worker.kill()
        if worker.returncode == 0:
            assert not any(list(one.offenders()) for one in INVARIANTS)
            return state_of(data), time.monotonic() - began, kills
        assert worker.returncode == -signal.SIGKILL
    return None


def started(data):
    own = {
        "DATABASE_URL": address(),
        "UNIONHALL_DATA": str(data),
        "UNIONHALL_POOL": "0",
        # They may lie in the data folder of this session, which is another.
        "UNIONHALL_SECRET_KEY": settings.SECRET_KEY,
        "UNIONHALL_FIELD_KEYS": json.dumps(settings.FIELD_KEYS),
        "UNIONHALL_INDEX_KEYS": json.dumps(settings.INDEX_KEYS),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "tests.journeys.filling_a_bank"],
        cwd=ROOT,
        env=os.environ | own,
        stdout=subprocess.PIPE,
    )


def state_of(data):
    """All that the imports leave, by what it says; keys and names of files are new every time."""
    imports = list(BankImport.objects.order_by("pk"))
    batches = {sent.batch_id: nth for nth, sent in enumerate(imports)}
    assert None not in batches
    return {
        "imports": [(sent.state, sent.rows, sent.counts, sent.next_place) for sent in imports],
        "entries": [sorted(one.action for one in entries_of(sent)) for sent in imports],
        "banks": [sorted(one.action for one in entries_of(bank)) for bank in Bank.objects.all()],
        "rows": [list(sent.import_rows.order_by("place").values_list(*ROW)) for sent in imports],
        "values": [
            list(sent.import_rows.order_by("place").values_list("values", flat=True))
            for sent in imports
        ],
        "questions": [
            (one.stem_hash, batches[one.batch_id], one.retired_at, one.uses)
            for one in Question.objects.order_by("pk")
        ],
        "versions": list(QuestionVersion.objects.order_by("pk").values_list(*VERSION)),
        "pictures": [
            (one.version.stem, one.nth, one.option, one.text, one.digest, digest_of(one.file, data))
            for one in QuestionPicture.objects.select_related("version", "file").order_by("pk")
        ],
        "files": PrivateFile.objects.count(),
    }


def digest_of(file, data):
    return hashlib.sha256((data / "files" / file.path).read_bytes()).hexdigest()


def forget_everything():
    for model in (
        QuestionPicture, QuestionVersion, Question, BankImportRow, BankImport, Bank, PrivateFile,
    ):  # fmt: skip
        model.objects.all()._raw_delete(using=connection.alias)
