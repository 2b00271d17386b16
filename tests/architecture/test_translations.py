"""Chinese is the source, English is complete."""

from __future__ import annotations

import re
from pathlib import Path

from unionhall.site import wording

MARKED = re.compile(
    r"{% blocktranslate.*?{% endblocktranslate %}|{% comment.*?endcomment %}|{#.*?#}|{%.*?%}|{{.*?}}",
    re.DOTALL,
)
STOPS = re.compile("[，、。：；（）《》！？“”]")


def bare_stops_in(file: Path) -> list[str]:
    """Chinese stops and brackets that no language would change, in order."""
    return STOPS.findall(MARKED.sub("", file.read_text(encoding="utf-8")))


def test_every_sentence_has_its_english():
    assert wording.problems() == []


def test_a_sentence_in_code_is_found(tmp_path):
    file = tmp_path / "x.py"
    file.write_text(
        '_("你" "好")\nngettext("一", "多", 2)\nother("不")\npgettext("many", "人")\n',
        encoding="utf-8",
    )
    assert list(wording.in_python(file)) == [("你好", ""), ("一", "多"), ("many\x04人", "")]


def test_a_sentence_in_a_template_is_found(tmp_path):
    file = tmp_path / "x.html"
    file.write_text(
        '{% load i18n %}{% translate "今天" %}{% include "a.html" with label=_("好") %}'
        "{% blocktranslate trimmed %}\n  还剩\n  {{ left }} 份{% endblocktranslate %}"
        '{% translate "，" context "sentence" %}',
        encoding="utf-8",
    )
    assert set(wording.in_template(file)) == {
        ("今天", ""),
        ("好", ""),
        ("还剩 %(left)s 份", ""),
        ("sentence\x04，", ""),
    }


def test_no_stop_stands_in_a_template_untranslated():
    bare = {
        file.relative_to(wording.PACKAGE).as_posix(): stops
        for file in sorted(wording.PACKAGE.rglob("templates/**/*.*"))
        if file.suffix in {".html", ".txt"} and (stops := bare_stops_in(file))
    }
    assert bare == {}


def test_a_bare_stop_is_found(tmp_path):
    file = tmp_path / "x.html"
    file.write_text("{# 注，释 #}{{ a }}，{% translate '，' %}{{ b }}", encoding="utf-8")
    assert bare_stops_in(file) == ["，"]


def test_a_sentence_inside_a_part_of_ours_is_found(tmp_path):
    file = tmp_path / "x.html"
    file.write_text(
        '{% part "card" %}{% blocktranslate count n=1 %}{{ n }} 道{% plural %}{{ n }} 道题，100%{% endblocktranslate %}{% endpart %}',
        encoding="utf-8",
    )
    assert list(wording.in_template(file)) == [("%(n)s 道", "%(n)s 道题，100%%")]
