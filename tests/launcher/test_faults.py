"""bin/faults: every oracle is green on what is whole, and red on each planted offence."""

from __future__ import annotations

import json
import threading
from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace

import pytest
from django.conf import settings

from faults import ledger, rush
from faults.__main__ import MODULES, read
from faults.crowd import Left, Person, Plan
from faults.ledger import Ledger, Line
from faults.oracles import AttemptRow, PoolRow, Rows, miscount_of_the_naive, offences
from faults.outcome import Outcome
from unionhall.base.invariant import Invariant

CONTEST, POOL = 7, 3
RESULT = {"score": 10, "passed_as": 1, "place": 1}


def told(step, member, facts, *, asked=0.0, ended=1.0, kind="told", status=200):
    return Line(kind, step, CONTEST, member, asked, ended, 0.0, status, facts)


def life(member, nth, *, asked):
    facts = {"score": 10, "passed_as": nth, "place": nth if nth < 2 else None}
    return [
        told("start", member, {"id": member}, asked=asked, ended=asked + 0.1),
        told("answer", member, {"given": ["true"]}, asked=asked + 0.2, ended=asked + 0.3),
        told("hand_in", member, facts, asked=asked + 0.4, ended=asked + 0.5),
    ]


def attempt(member, nth):
    place = nth if nth < 2 else None
    return AttemptRow(member, CONTEST, member, "handed_in", 10, nth, place)


@pytest.fixture
def lines():
    return [*life(21, 1, asked=0), *life(22, 2, asked=1)]


@pytest.fixture
def rows():
    answers = {21: ["true"], 22: ["true"]}
    return Rows([attempt(21, 1), attempt(22, 2)], answers, [PoolRow(POOL, 1, 1, 2)], 0)


def test_what_is_whole_has_no_offence(lines, rows):
    assert list(offences(lines, rows)) == []


def without_an_attempt(rows):
    return replace(rows, attempts=rows.attempts[:1], pools=[PoolRow(POOL, 1, 1, 1)])


def without_an_answer(rows):
    return replace(rows, answers={21: ["true"]})


def with_a_hand_in_undone(rows):
    undone = rows.attempts[1]._replace(state="open", passed_as=None, score=None)
    return replace(rows, attempts=[rows.attempts[0], undone], pools=[PoolRow(POOL, 1, 1, 1)])


def with_another_score(rows):
    return replace(rows, attempts=[rows.attempts[0], rows.attempts[1]._replace(score=9)])


def with_an_attempt_that_ran_out(rows):
    late = rows.attempts[1]._replace(state="expired")
    return replace(rows, attempts=[rows.attempts[0], late])


def with_one_who_sat_twice(rows):
    again = rows.attempts[0]._replace(id=99, passed_as=None, place=None)
    return replace(rows, attempts=[*rows.attempts, again])


def with_too_many_given(rows):
    return replace(rows, pools=[PoolRow(POOL, 1, 2, 2)])


def with_one_left_over(rows):
    return replace(rows, pools=[PoolRow(POOL, 2, 1, 2)])


def with_a_gap(rows):
    further = AttemptRow(23, CONTEST, 23, "handed_in", 10, 4, None)
    return replace(rows, attempts=[*rows.attempts, further])


def with_messages_left(rows):
    return replace(rows, overdue_messages=3)


@pytest.mark.parametrize(
    ("planted", "says"),
    [
        (without_an_attempt, "acknowledged and is lost"),
        (without_an_answer, "answer of member 22 in contest 7 was acknowledged and is lost"),
        (with_a_hand_in_undone, "hand_in of member 22 in contest 7 was acknowledged and is lost"),
        (with_another_score, "acknowledged and is lost"),
        (with_an_attempt_that_ran_out, "acknowledged and is lost"),
        (with_one_who_sat_twice, "sat contest 7 2 times"),
        (with_too_many_given, "pool 3: 2 given out, 1 to give"),
        (with_one_left_over, "pool 3: 1 given out, 2 to give"),
        (with_a_gap, "places [1, 2, 4]"),
        (with_messages_left, "3 messages are due"),
    ],
)
def test_each_planted_offence_is_found(lines, rows, planted, says):
    assert any(says in offence for offence in offences(lines, planted(rows)))


def test_a_better_place_for_whoever_came_after_is_found(rows):
    """Everything agrees with the database, and yet somebody who was answered first is behind."""
    swapped = [*life(21, 1, asked=1), *life(22, 2, asked=0)]
    assert list(offences(swapped, rows)) == ["contest 7: 1 was given after 2"]
    at_once = [*life(21, 1, asked=0.1), *life(22, 2, asked=0)]
    assert list(offences(at_once, rows)) == []


@pytest.mark.parametrize(("kind", "says"), [("left", "never resolved"), ("odd", "got 409")])
def test_what_nobody_knows_and_a_wrong_no_are_offences(lines, rows, kind, says):
    planted = [*lines, told("start", 22, {}, kind=kind, status=409)]
    assert any(says in offence for offence in offences(planted, rows))


def test_who_takes_a_timeout_for_a_no_counts_wrong(lines, rows):
    assert miscount_of_the_naive(lines, rows) == 0
    naive = [*lines[:-1], told("hand_in", 22, {}, kind="left", status=0)]
    assert miscount_of_the_naive(naive, rows) == 1


@pytest.mark.parametrize(
    ("planted", "ok"),
    [
        ({}, True),
        ({"offences": ["lost"]}, False),
        ({"control": 0}, False),
        ({"control": None}, True),
        ({"resolved": 1}, False),
        ({"slowest_s": 10.1}, False),
        ({"restart_s": 5.1}, False),
        ({"restart_s": 5.1, "slowest_s": 10.1, "timed": False}, True),
        ({"offences": ["lost"], "timed": False}, False),
        ({"skipped": "not here"}, True),
    ],
)
def test_a_fault_holds_only_if_all_of_it_does(planted, ok):
    good = Outcome("kills", 20, 100, 2, 2, 9.9, 4.9, [], 3, "lost without")
    outcome = replace(good, **planted)
    assert outcome.ok == ok
    assert json.loads(outcome.as_json())["ok"] == ok
    assert ("FAILED" in outcome.as_lines()) == (not ok)


def test_a_ledger_keeps_every_line_of_several_threads(tmp_path, lines):
    kept = Ledger(tmp_path / "ledger")
    threads = [
        threading.Thread(target=lambda: [kept.write(line) for line in lines]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = ledger.read(tmp_path / "ledger")
    assert sorted(found, key=repr) == sorted(lines * 4, key=repr)


@pytest.mark.parametrize("naive", [False, True])
def test_an_unknown_outcome_is_asked_for_again_word_for_word(tmp_path, monkeypatch, naive):
    plan = Plan(port=1, people=[(21, "s")], deeds=[], naive=naive)
    person = Person(plan, Ledger(tmp_path / "ledger"))
    answers, sent = iter([(0, {}), (503, {}), (200, RESULT)]), []

    def send(*request):
        sent.append(request)
        return next(answers)

    monkeypatch.setattr(person, "_send", send)
    if naive:
        with pytest.raises(Left):
            person.ask("hand_in", "POST", "/somewhere/")
        expected = ["left"]
    else:
        assert person.ask("hand_in", "POST", "/somewhere/") == RESULT
        expected = ["unknown", "unknown", "told"]
    assert [line.kind for line in ledger.read(tmp_path / "ledger")] == expected
    assert len(set(sent)) == 1


@pytest.mark.django_db
def test_the_anchor_of_a_broken_house_is_looked_at_no_longer_than_its_audit(tmp_path, monkeypatch):
    looked_at = Invariant("It is said where it lies", lambda: [str(settings.LEDGER_ANCHOR)])
    monkeypatch.setattr(rush.invariants, "INVARIANTS", [looked_at])
    monkeypatch.setattr(rush, "django_on", nullcontext)
    cluster = SimpleNamespace(url=lambda database, *, owner: database if owner else "")
    house = SimpleNamespace(anchor=tmp_path / "of_the_house", database="broken", cluster=cluster)
    before = settings.LEDGER_ANCHOR
    assert rush.audit(house) == [f"audit: {looked_at.sentence}: {house.anchor}"]
    assert settings.LEDGER_ANCHOR == before


def test_an_unknown_fault_is_refused(capsys):
    assert read(list(MODULES)).names == list(MODULES)
    with pytest.raises(SystemExit):
        read(["nonsense"])
    assert "nonsense" in capsys.readouterr().err
