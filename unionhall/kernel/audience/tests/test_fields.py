from __future__ import annotations

import datetime as dt

import pytest
from django.core import serializers

from unionhall.kernel.allotment import actions as allotment
from unionhall.kernel.allotment.models import Pool
from unionhall.kernel.audience.rules import EVERYBODY, Audience

pytestmark = pytest.mark.django_db

WOMEN = Audience(sexes=("f",), joined_before=dt.date(2020, 1, 1))


def test_a_model_holds_an_audience() -> None:
    pool = allotment.open_pool(label="蛋糕券", capacity=1, audience=WOMEN)
    assert Pool.objects.get(pk=pool.pk).audience == WOMEN
    assert allotment.open_pool(label="电影票", capacity=1).audience == EVERYBODY
    Pool._meta.get_field("audience").clean(WOMEN, pool)


def test_an_audience_survives_a_fixture() -> None:
    pool = allotment.open_pool(label="蛋糕券", capacity=1, audience=WOMEN)
    (copy,) = serializers.deserialize("json", serializers.serialize("json", [pool]))
    assert copy.object.audience == WOMEN
