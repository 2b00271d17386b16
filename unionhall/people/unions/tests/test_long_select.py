"""A select of all unions is what Django would write, and quicker."""

from __future__ import annotations

import pytest
from django import forms
from django.test.html import parse_html

from unionhall.base.choosing import LongSelect
from unionhall.people.unions.forms import UnionChoiceField
from unionhall.people.unions.models import Union


@pytest.mark.parametrize("value", [None, "", 1, "2", 99])
def test_it_is_written_as_django_writes_it(value):
    choices = [("", "选一个"), (1, "<甲>&“乙”"), (2, "丙")]
    attrs = {"id": "id_u", "required": True, "disabled": False, "aria-describedby": "x"}
    ours, theirs = (
        kind(attrs={"class": "wide"}, choices=choices).render("u", value, dict(attrs))
        for kind in (LongSelect, forms.Select)
    )
    assert parse_html(ours) == parse_html(theirs)


@pytest.mark.django_db
def test_a_form_of_unions_offers_all_of_them(plant7, harbour2):
    class Form(forms.Form):
        union = UnionChoiceField(queryset=Union.objects.order_by("path"))

    html = str(Form({"union": harbour2.pk})["union"])
    assert f'<option value="{harbour2.pk}" selected>二号港工会</option>' in html
    assert plant7.name in html
