from __future__ import annotations

import datetime as dt

import pytest
from django import forms
from django.core import serializers
from django.http import QueryDict

from unionhall.kernel.allotment import actions as allotment
from unionhall.kernel.allotment.models import Pool
from unionhall.kernel.audience.fields import AudienceFormField
from unionhall.kernel.audience.rules import EVERYBODY, Audience
from unionhall.people.unions.models import Union

pytestmark = pytest.mark.django_db

WOMEN = Audience(sexes=("f",), joined_before=dt.date(2020, 1, 1))


class AudienceForm(forms.Form):
    audience = AudienceFormField(label="谁能参加", required=False)


def test_a_model_holds_an_audience() -> None:
    pool = allotment.open_pool(label="蛋糕券", capacity=1, audience=WOMEN)
    assert Pool.objects.get(pk=pool.pk).audience == WOMEN
    assert allotment.open_pool(label="电影票", capacity=1).audience == EVERYBODY
    Pool._meta.get_field("audience").clean(WOMEN, pool)


def test_an_audience_survives_a_fixture() -> None:
    pool = allotment.open_pool(label="蛋糕券", capacity=1, audience=WOMEN)
    (copy,) = serializers.deserialize("json", serializers.serialize("json", [pool]))
    assert copy.object.audience == WOMEN


def test_an_officer_chooses_an_audience(plant7: Union, harbour2: Union) -> None:
    chosen = (
        f"audience_union={plant7.pk}&audience_standings=current&audience_sexes=f&audience_employments=regular"
        "&audience_employments=dispatched&audience_front_line=true&audience_min_skill_grade=4"
        "&audience_joined_before=2020-01-01"
    )
    form = AudienceForm(QueryDict(chosen))
    form.fields["audience"].unions = Union.objects.filter(pk=plant7.pk)  # type: ignore[attr-defined]
    assert form.is_valid(), form.errors
    assert form.cleaned_data["audience"] == Audience(
        under_union=plant7.pk,
        standings=("current",),
        sexes=("f",),
        employments=("regular", "dispatched"),
        front_line=True,
        min_skill_grade=4,
        joined_before=dt.date(2020, 1, 1),
    )
    again = AudienceForm(initial={"audience": form.cleaned_data["audience"]})
    again.fields["audience"].unions = Union.objects.filter(pk=plant7.pk)  # type: ignore[attr-defined]
    page = again.as_p()
    assert f'<option value="{plant7.pk}" selected>七号厂工会' in page
    assert "二号港工会" not in page
    assert page.count("checked") == 4
    assert 'value="2020-01-01"' in page


def test_an_officer_cannot_address_a_union_that_is_not_hers(plant7: Union, harbour2: Union) -> None:
    form = AudienceForm(QueryDict(f"audience_union={harbour2.pk}"))
    field = form.fields["audience"]
    assert isinstance(field, AudienceFormField)
    field.unions = Union.objects.filter(pk=plant7.pk)
    assert list(field.unions) == [plant7]
    assert not form.is_valid()


@pytest.mark.parametrize("sent", ["", "audience_front_line=unknown&audience_min_skill_grade="])
def test_nothing_chosen_is_everybody(sent: str) -> None:
    form = AudienceForm(QueryDict(sent))
    assert form.is_valid(), form.errors
    assert form.cleaned_data["audience"] == EVERYBODY


def test_a_form_of_a_model_has_the_chooser() -> None:
    form = forms.modelform_factory(Pool, fields=["audience"])()
    assert isinstance(form.fields["audience"], AudienceFormField)
