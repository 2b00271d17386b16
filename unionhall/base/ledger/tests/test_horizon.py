"""Nothing is sealed that somebody may still add to, whoever waits for whom."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from unionhall.base.ledger import actions as ledger
from unionhall.base.ledger import rules
from unionhall.base.ledger.models import Seal
from unionhall.base.ledger.queries import last_drawn

from .sealed import found, run, seal_all

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE_S = 60
WRITERS, DEEDS = 4, 40


@pytest.fixture(autouse=True)
def _anchor(settings, tmp_path: Path) -> None:
    settings.LEDGER_ANCHOR = tmp_path / "anchor.txt"


class Somebody:
    """A transaction of her own that stays open until she is told."""

    def __init__(self) -> None:
        self.connection = connection.copy()
        self.connection.set_autocommit(False)

    def writes(self) -> int:
        with self.connection.cursor() as cursor:
            cursor.execute(ledger.WRITE, ["x.y", "x", 1, None, None, "{}"])
            (entry, _at) = cursor.fetchone()
        return int(entry)

    def ends(self, how: str) -> None:
        getattr(self.connection, how)()


@pytest.fixture
def somebody() -> Iterator[Somebody]:
    one = Somebody()
    yield one
    one.connection.close()


def others_write(times: int = 3) -> int:
    return [ledger.record_of_the_house("x.y", nth=nth).pk for nth in range(times)][-1]


def seal_until(last_id: int) -> None:
    """Other transactions of this server, a vacuum's for one, may be waited for as well."""
    until = time.monotonic() + PATIENCE_S
    while not Seal.objects.filter(last_id__gte=last_id).exists():
        assert time.monotonic() < until, "nothing is sealed"
        ledger.seal_entries()


@pytest.mark.parametrize("how", ["commit", "rollback"])
def test_nothing_is_sealed_before_whoever_drew_an_id_has_ended(
    somebody: Somebody, how: str
) -> None:
    before = others_write()
    hers = somebody.writes()
    last = others_write()
    for _ in range(5):
        ledger.seal_entries()
        assert not Seal.objects.filter(last_id__gte=hers).exists()
    somebody.ends(how)
    seal_until(last)
    seal = Seal.objects.get(first_id__lte=hers, last_id__gte=hers)
    assert seal.first_id <= before
    assert sum(one.count for one in Seal.objects.all()) == 6 + (how == "commit")
    assert found() == []


def test_whoever_began_after_the_horizon_holds_up_nothing_before_it(somebody: Somebody) -> None:
    others_write()
    ledger.draw_horizon()
    drawn = last_drawn()
    hers = somebody.writes()
    seal_until(drawn)
    somebody.ends("commit")
    seal_until(hers)
    assert found() == []


def test_whoever_draws_between_the_two_looks_is_behind_the_horizon(
    somebody: Somebody, monkeypatch
) -> None:
    last = others_write()
    look = ledger.transactions_running

    def look_and_then_she_writes() -> list[str]:
        running = look()
        monkeypatch.undo()
        somebody.writes()
        others_write()
        return running

    monkeypatch.setattr(ledger, "transactions_running", look_and_then_she_writes)
    ledger.draw_horizon()
    seal_until(last)
    somebody.ends("commit")
    assert found() == []


def test_sealed_without_waiting_an_entry_is_left_outside(somebody: Somebody) -> None:
    """The control."""
    run("ALTER SEQUENCE ledger_entry_id_seq RESTART")  # so that there is one block
    somebody.writes()
    others_write()
    seal_all()
    assert found() == []
    somebody.ends("commit")
    assert found() == [f"{Seal.objects.get()}: 3 were sealed, 4 are there"]


def test_who_had_only_begun_counts_as_running(somebody: Somebody) -> None:
    """She has drawn nothing that is seen, and no number of a transaction that wrote."""
    with somebody.connection.cursor() as cursor:
        cursor.execute("SELECT nextval('ledger_entry_id_seq')")
        (hers,) = cursor.fetchone()
    for _ in range(3):
        ledger.seal_entries()
    assert not Seal.objects.filter(last_id__gte=hers).exists()
    somebody.ends("rollback")


def test_many_write_while_it_is_sealed(monkeypatch) -> None:
    monkeypatch.setattr(rules, "MOST_IDS", 16)

    def write() -> None:
        one = Somebody()
        for nth in range(DEEDS):
            one.writes()
            one.writes()
            one.ends("rollback" if nth % 3 == 0 else "commit")
        one.connection.close()

    writers = [threading.Thread(target=write) for _ in range(WRITERS)]
    for one in writers:
        one.start()
    while any(one.is_alive() for one in writers):
        ledger.seal_entries()
    for one in writers:
        one.join()
    seal_until(last_drawn())
    assert found() == []
    assert sum(seal.count for seal in Seal.objects.all()) == 2 * WRITERS * DEEDS - 2 * WRITERS * 14
