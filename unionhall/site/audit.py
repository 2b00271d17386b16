"""The audit: every invariant of the house in one list, checked on a live database."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from django.db import transaction

from unionhall.base import rotation
from unionhall.base.exports import invariants as exports
from unionhall.base.invariant import Invariant
from unionhall.base.ledger import invariants as ledger
from unionhall.base.replay import invariants as replay
from unionhall.domain.enrolment import invariants as enrolment
from unionhall.domain.learning import invariants as learning
from unionhall.domain.lectures import invariants as lectures
from unionhall.domain.quiz import invariants as quiz
from unionhall.domain.welfare import invariants as welfare
from unionhall.kernel.allotment import invariants as allotment
from unionhall.kernel.casework import invariants as casework
from unionhall.kernel.notify import invariants as notify
from unionhall.kernel.search import invariants as search
from unionhall.people.accounts import invariants as accounts
from unionhall.people.members import invariants as members
from unionhall.people.personal import invariants as personal
from unionhall.people.programs import invariants as programs
from unionhall.people.unions import invariants as unions
from unionhall.people.webhooks import invariants as webhooks
from unionhall.site import search_index
from unionhall.site.second_factor import officers_without_second_factor

INVARIANTS: list[Invariant] = [
    *ledger.INVARIANTS,
    *replay.INVARIANTS,
    *exports.INVARIANTS,
    Invariant("All that is sealed is under a key that is known.", rotation.under_unknown_keys),
    *accounts.INVARIANTS,
    *personal.INVARIANTS,
    *unions.INVARIANTS,
    *webhooks.INVARIANTS,
    *members.INVARIANTS,
    *programs.INVARIANTS,
    *notify.INVARIANTS,
    *allotment.INVARIANTS,
    *casework.INVARIANTS,
    *enrolment.INVARIANTS,
    *learning.INVARIANTS,
    *quiz.INVARIANTS,
    *welfare.INVARIANTS,
    *lectures.INVARIANTS,
    *search.INVARIANTS,
    *search_index.INVARIANTS,
]

# Told, and no offence. Whoever has no second factor is asked for one before a desk opens.
WARNINGS = [
    *ledger.WARNINGS,
    Invariant(
        "Every officer has a second factor",
        lambda: (f"login {user.pk}" for user in officers_without_second_factor().order_by("pk")),
    ),
]

SHOWN = 20  # offenders of one sentence


def audit(invariants: list[Invariant]) -> Iterator[tuple[str, list[str]]]:
    """Each sentence with those who break it, the first ``SHOWN`` of them; all is well where there are none."""
    for invariant in invariants:
        yield invariant.sentence, _offenders(invariant)


def _offenders(invariant: Invariant) -> list[str]:
    """What cannot be checked is broken, and does not keep the others from being checked."""
    try:
        with transaction.atomic():
            return list(islice(iter(invariant.offenders()), SHOWN))
    except Exception as error:  # noqa: BLE001 — on a damaged database anything may come
        return [f"cannot be checked: {type(error).__name__}: {error}".splitlines()[0]]
