from __future__ import annotations

import pytest
from django.db import connection

from unionhall.base.clock import now_in_database
from unionhall.kernel.notify import actions as notify
from unionhall.kernel.notify.invariants import INVARIANTS
from unionhall.people.members.models import Member

pytestmark = pytest.mark.django_db

OFFENCES = {
    "Every message goes by at least one channel": "DELETE FROM notify_delivery",
    "What was delivered to an inbox is shown there, and nothing else": "UPDATE notify_message SET shown_at = NULL",
    "Nothing is read before it is shown": "UPDATE notify_message SET read_at = shown_at - interval '1 second'",
    "What could not be delivered is given up in the end": "UPDATE notify_delivery SET tries = 99",
    "What is due goes by a channel that there is": "UPDATE notify_delivery SET channel = 'pigeon'",
    "Texts to bare numbers are let go after a month": "UPDATE notify_message SET created_at = created_at - interval '32 days'",
}


@pytest.mark.parametrize("sentence", [invariant.sentence for invariant in INVARIANTS])
def test_a_planted_offence_is_found(sentence: str, ann: Member) -> None:
    (invariant,) = (one for one in INVARIANTS if one.sentence == sentence)
    notify.send(ann, "trial/told", what="一")
    notify.send(ann, "trial/told", due_at=now_in_database(), what="二")
    notify.text("19900000001", "trial/told", what="三")
    assert not list(invariant.offenders())
    with connection.cursor() as cursor:
        cursor.execute(OFFENCES[sentence])
    assert list(invariant.offenders())
