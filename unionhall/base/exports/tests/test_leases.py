from __future__ import annotations

import datetime as dt
from threading import Event, active_count

from django.db import OperationalError

from unionhall.base.exports import leases
from unionhall.base.exports.leases import renewed

OFTEN = dt.timedelta(milliseconds=5)
PATIENCE = 30


class Lease:
    """Says what ``answers`` say, one at a time, then that it holds."""

    def __init__(self, *answers):
        self.answers, self.asked, self.enough = list(answers), 0, Event()

    def renew(self):
        self.asked += 1
        answer = self.answers.pop(0) if self.answers else True
        if not self.answers:
            self.enough.set()
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_it_is_renewed_for_as_long_as_the_work_takes_and_no_longer():
    lease, before = Lease(True, True, True), active_count()
    with renewed(lease.renew, every=OFTEN):
        assert lease.enough.wait(PATIENCE)
    asked = lease.asked
    assert asked >= 3
    assert active_count() == before, "nobody goes on"
    assert lease.asked == asked


def test_a_database_that_is_away_for_a_moment_loses_no_lease(caplog):
    lease = Lease(OperationalError("away"), True, True)
    with renewed(lease.renew, every=OFTEN):
        assert lease.enough.wait(PATIENCE)
    assert "could not be renewed" in caplog.text


def test_what_is_lost_is_asked_for_no_more():
    lease, before = Lease(True, False), active_count()
    with renewed(lease.renew, every=OFTEN):
        assert lease.enough.wait(PATIENCE)
        while active_count() > before:
            pass
    assert lease.asked == 2


def test_who_takes_too_long_counts_as_hung(monkeypatch):
    monkeypatch.setattr(leases, "LONGEST", dt.timedelta(0))
    lease, before = Lease(), active_count()
    with renewed(lease.renew, every=OFTEN):
        while active_count() > before:
            pass
    assert lease.asked == 0
