from __future__ import annotations

import pytest
from django import forms

from unionhall.base.exports.narrowing import told


class Filter(forms.Form):
    q = forms.CharField(label="谁", required=False, max_length=80)
    level = forms.TypedChoiceField(
        label="级别",
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "全部"), (1, "区级")],
    )
    since = forms.DateField(label="从", required=False)
    many = forms.MultipleChoiceField(
        label="几样", required=False, choices=[("a", "甲"), ("b", "乙"), ("c", "丙")]
    )


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, ""),
        ({"page": "3"}, ""),
        ({"q": " 周白露 "}, "谁：周白露"),
        ({"q": "0001"}, "谁：0001"),
        ({"q": "19900000001"}, "谁：*******0001"),
        ({"q": "990101 19900101 123X"}, "谁：****** *******1 123X"),
        ({"q": "露" * 80}, "谁：" + "露" * 60),
        ({"q": "露", "level": "1"}, "谁：露；级别：区级"),
        ({"level": "none", "q": "露"}, "谁：露"),
        ({"since": "2026-11-20"}, "从：2026-11-20"),
        ({"many": ["a", "c"]}, "几样：甲、丙"),
    ],
)
def test_a_filter_is_told_in_words_that_name_no_number(said, words):
    assert told(Filter(said)) == words
