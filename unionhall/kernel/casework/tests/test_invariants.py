from __future__ import annotations

import pytest
from django.utils import timezone

from unionhall.domain.corrections.stages import CORRECTION
from unionhall.kernel.casework import actions as casework
from unionhall.kernel.casework.invariants import INVARIANTS
from unionhall.kernel.casework.models import Case, Event


def broken():
    return [one.sentence for one in INVARIANTS if list(one.offenders())]


@pytest.mark.parametrize(
    ("offence", "sentences"),
    [
        ({"stage": "nowhere"}, ["A case is in a stage of its life cycle", "The story of a case ends in the stage that the case is in"]),
        ({"stage": "sent_back"}, ["The story of a case ends in the stage that the case is in"]),
        ({"closed_at": timezone.now(), "due_on": None}, ["A case has ended if, and only if, its stage is an end"]),
    ],
)  # fmt: skip
def test_an_offence_is_found(plant7, ann, offence, sentences):
    case = casework.open_case(CORRECTION, title="甲", union=plant7, by=ann.user, applicant=ann.user)
    assert broken() == []
    Case.objects.filter(pk=case.pk).update(**offence)
    assert broken() == sentences


def test_a_case_without_a_story_is_found(plant7, ann):
    case = casework.open_case(CORRECTION, title="甲", union=plant7, by=ann.user)
    Event.objects.filter(case=case).delete()
    assert broken() == ["The story of a case ends in the stage that the case is in"]
