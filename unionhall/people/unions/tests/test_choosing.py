"""One of many unions is chosen by a part of its name, of few by a select."""

from __future__ import annotations

import pytest
from django import forms

from unionhall.base import choosing
from unionhall.base.choosing import asked_by_box
from unionhall.people.unions import actions as tree
from unionhall.people.unions.forms import UnionChoiceField
from unionhall.people.unions.models import Union

pytestmark = pytest.mark.django_db


class Form(forms.Form):
    union = UnionChoiceField(queryset=Union.objects.order_by("path"))


class FormWithoutEmptyChoice(forms.Form):
    union = UnionChoiceField(queryset=Union.objects.order_by("path"), empty_label=None)


@pytest.fixture
def many(monkeypatch, district, plant7, harbour2):
    """More than a select may have."""
    monkeypatch.setattr(choosing, "FEW", 2)
    return [tree.found(f"机关{nth}工会", parent=district, level=3) for nth in "甲乙"]


def answered(**said):
    form = Form(said)
    return form.cleaned_data["union"] if form.is_valid() else form


def test_of_many_none_is_sent_but_a_box(many, plant7, django_assert_num_queries):
    with django_assert_num_queries(1):
        html = str(Form()["union"])
    assert "<select" not in html
    assert 'name="union_named"' in html
    assert plant7.name not in html


def test_whether_it_must_be_answered_is_known_without_reading_all(many, django_assert_num_queries):
    with django_assert_num_queries(1):
        html = str(FormWithoutEmptyChoice()["union"])
    assert "required" not in html


def test_a_select_with_an_empty_choice_must_be_answered(district, plant7):
    assert "required" in str(Form()["union"])
    assert "required" not in str(FormWithoutEmptyChoice()["union"])


def test_a_filter_says_in_its_box_what_it_is_about(many):
    class Filter(forms.Form):
        union = UnionChoiceField(Union.objects.all(), required=False, empty_label="所有的工会")

    assert 'placeholder="所有的工会"' in str(Filter()["union"])
    assert "所有的工会" not in str(Form()["union"])


def test_few_are_a_select_without_a_box(district, plant7):
    html = str(Form()["union"])
    assert f'<option value="{plant7.pk}">' in html
    assert "union_named" not in html


def test_a_whole_name_or_a_part_of_one_alone_is_enough(many, plant7):
    assert answered(union_named=plant7.name) == plant7
    assert answered(union_named=" 七号 ") == plant7


def test_a_whole_name_is_meant_even_where_others_contain_it(many, district):
    inner = tree.found("关甲工", parent=district, level=3)
    assert answered(union_named="关甲工") == inner


def test_of_several_one_is_chosen_from_what_was_found(many):
    form = answered(union_named="机关")
    assert "有 2 个" in str(form.errors["union"]) or "先列出 2 个" in str(form.errors["union"])
    html = str(form["union"])
    assert all(f'<option value="{one.pk}">{one.name}</option>' in html for one in many)
    assert "required" not in html, "one of the two is enough"
    assert answered(union=many[1].pk, union_named="") == many[1]


def test_a_name_of_nobody_says_so_and_can_be_typed_anew(many):
    form = answered(union_named="没有这个")
    assert "没有这个" in str(form.errors["union"])
    html = str(form["union"])
    assert 'name="union_named"' in html
    assert 'value="没有这个"' in html, "what was typed stays"


class FormWithFile(forms.Form):
    union = UnionChoiceField(queryset=Union.objects.order_by("path"), asks_first=True)
    file = forms.FileField()


def asked(text):
    return str(FormWithFile(initial=asked_by_box({"union_named": text}, "union"))["union"])


def test_a_box_beside_a_file_asks_before_it_is_sent(many, plant7):
    """What it asks for takes its place: who was found, one of whom must be chosen, or that nobody was."""
    assert 'hx-get=""' in str(FormWithFile()["union"])
    assert "hx-get" not in str(Form()["union"])
    several, one, nobody = asked("机关"), asked(" 七号 "), asked("没有这个")
    assert "选一个" in several
    assert "required" in several
    assert f'<option value="{plant7.pk}" selected>' in one
    assert "没有名称里有“没有这个”的" in nobody
    assert 'value="没有这个"' in nobody
    assert asked_by_box({"union": "7"}, "union") == {}


def test_what_a_box_asks_for_is_read_once(many, plant7, django_assert_num_queries):
    with django_assert_num_queries(
        2
    ):  # whose name it is, and what two of one name are told apart by
        asked(plant7.name)
    with django_assert_num_queries(2):  # whose name it is, and who has it in hers
        asked("没有这个")


def test_who_asks_is_answered_although_there_are_few_by_now(many, plant7, monkeypatch):
    monkeypatch.setattr(choosing, "FEW", 100)
    html = asked("七号")
    assert 'id="id_union_choice"' in html
    assert f'<option value="{plant7.pk}" selected>' in html


def test_what_stands_there_is_kept_unless_another_is_typed(many, plant7, harbour2):
    html = str(Form(initial={"union": plant7})["union"])
    assert f'<option value="{plant7.pk}" selected>{plant7.name}</option>' in html
    assert harbour2.name not in html
    assert answered(union=plant7.pk, union_named=harbour2.name) == harbour2


def test_a_program_names_it_by_its_key(many, plant7):
    assert answered(union=plant7.pk) == plant7
    assert not Form({"union": 987654}).is_valid()
    assert not Form({}).is_valid()


def test_only_what_may_be_chosen_is_found(many, plant7):
    field = UnionChoiceField(queryset=Union.objects.exclude(pk=plant7.pk))
    with pytest.raises(forms.ValidationError):
        field.clean(choosing.Typed(plant7.name))
    with pytest.raises(forms.ValidationError):
        field.clean(plant7.pk)
