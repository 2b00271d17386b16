"""Each invariant is green on what the actions make, and red on what they would never make."""

from __future__ import annotations

import datetime as dt

import pytest

from unionhall.people.programs import actions as programs
from unionhall.people.programs.invariants import INVARIANTS
from unionhall.people.programs.models import ProgramKey

pytestmark = pytest.mark.django_db
FAR = dt.date(2999, 1, 1)


def broken() -> list[str]:
    return [one.sentence for one in INVARIANTS if list(one.offenders())]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"ends_on": FAR}, "No key lives longer than two years."),
        (
            {"digest": "the secret itself"},
            "Of a key its beginning and its digest are kept, no more.",
        ),
        ({"last_used_on": FAR}, "No key is used after its last day."),
    ],
)
def test_a_planted_offence_is_found(plant7, bo, change, sentence):
    programs.issue_key(plant7, name="人事系统", by=bo)
    assert broken() == []
    ProgramKey.objects.update(**change)
    assert broken() == [sentence]
