from __future__ import annotations

import datetime as dt

from django.test import RequestFactory

from unionhall.base.clock import now_in_database
from unionhall.base.errors import Refused
from unionhall.base.htmx import is_htmx
from unionhall.base.paging import page_of
from unionhall.base.sweep import Sweep, one_by_one


def test_a_refusal_reads_as_what_why_next():
    no = Refused("没领到。", why="第 80 份在 10:50 发出。", next="下次提醒我。", code="sold_out")
    assert str(no) == "没领到。 第 80 份在 10:50 发出。 下次提醒我。"
    assert no.code == "sold_out"
    assert Refused("不行。").code == "refused"


def test_the_clock_moves_inside_a_transaction(db):
    first = now_in_database()
    assert first.tzinfo is not None
    assert now_in_database() > first


def test_a_page_that_does_not_exist_becomes_the_nearest():
    rows = list(range(120))
    assert list(page_of(RequestFactory().get("/?page=3"), rows)) == list(range(100, 120))
    assert page_of(RequestFactory().get("/?page=99"), rows).number == 3
    assert page_of(RequestFactory().get("/?page=x"), rows).number == 1


def test_htmx_gets_a_fragment_but_not_when_it_restores_history():
    assert not is_htmx(RequestFactory().get("/"))
    assert is_htmx(RequestFactory().get("/", HTTP_HX_REQUEST="true"))
    restoring = {"HTTP_HX_REQUEST": "true", "HTTP_HX_HISTORY_RESTORE_REQUEST": "true"}
    assert not is_htmx(RequestFactory().get("/", **restoring))


def test_one_row_that_fails_does_not_stop_the_others(caplog):
    def step(pk):
        return 6 // pk

    assert one_by_one(step, [1, 0, 3]) == 8
    assert "failed for 0" in caplog.text


def test_a_sweep_is_named_after_its_function():
    assert Sweep(dt.datetime.now, 5).seconds == 5
    assert Sweep(now_in_database, 5).name == "unionhall.base.clock.now_in_database"
