"""That a term of office ends is told in time: unions stand below notices, so that the telling is done up here."""

from __future__ import annotations

from django.db import transaction
from django.urls import reverse

from unionhall.base.sweep import Sweep, one_by_one
from unionhall.kernel.notify import actions as notify
from unionhall.people.members.models import Member
from unionhall.people.unions import actions as unions
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries.terms import terms_to_remind, who_runs

AT_ONCE = 200


def remind_of_terms() -> int:
    """Once of each end, to whoever runs the union and the one above, in the inbox that they have as members."""
    return one_by_one(_remind, list(terms_to_remind().values_list("pk", flat=True)[:AT_ONCE]))


@transaction.atomic
def _remind(union_id: int) -> int:
    union = Union.objects.get(pk=union_id)
    if not unions.note_reminded(union):
        return 0
    heard = list(Member.objects.filter(user__in=who_runs(union)).order_by("pk"))
    for member in heard:
        notify.send(
            member,
            "unions/term_ending",
            union=union.name,
            day=f"{union.term_ends_on:%Y-%m-%d}",
            url=reverse("unions_desk:terms"),
        )
    return len(heard)


SWEEPS = [Sweep(remind_of_terms, seconds=3600)]
