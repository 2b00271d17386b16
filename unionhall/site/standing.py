"""Who somebody is in this house, by one statement: what the first page asks before anything else."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from unionhall.base.clock import ClockTimestamp
from unionhall.domain.welfare.queries import posts_now
from unionhall.kernel.notify.queries import unread_by_login
from unionhall.people.accounts.models import User
from unionhall.people.unions.queries import charges_now


@dataclass(frozen=True)
class Standing:
    """At the database's ``now``: whether she runs a union, stands at a till, and has messages that she has not seen."""

    now: dt.datetime
    is_officer: bool
    is_clerk: bool
    unread: int


def standing_of(user: User) -> Standing:
    """Asked anew each time: an office or a post that has ended opens nothing."""
    row = (
        User.objects.filter(pk=user.pk)
        .annotate(
            moment=ClockTimestamp(),
            charges=Exists(charges_now().filter(user=OuterRef("pk"))),
            posts=Exists(posts_now().filter(user=OuterRef("pk"))),
            waiting=unread_by_login(OuterRef("pk")),
        )
        .values_list("moment", "charges", "posts", "waiting")
        .get()
    )
    return Standing(*row)
