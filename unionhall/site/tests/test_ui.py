"""The shared parts: what every page may rely on."""

from __future__ import annotations

from pathlib import Path

import pytest
from django import forms
from django.http import QueryDict
from django.template import Context, Template, TemplateSyntaxError
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from unionhall.site.csrf import csrf_failure
from unionhall.site.icons import icons
from unionhall.site.samples import SECTIONS

TEMPLATES = Path(__file__).parents[1] / "templates"
LEAVES_THE_HOUSE = TEMPLATES / "me/copy"  # in a zip, where none of our style sheets is


class Wish(forms.Form):
    """A form with one field of each shape."""

    title = forms.CharField(label="题目", help_text="十个字以内", max_length=10)
    kind = forms.ChoiceField(
        label="怎么排", widget=forms.RadioSelect, choices=[("order", "先后"), ("lot", "抽签")]
    )
    remind = forms.BooleanField(label="提醒我", required=False)


def test_a_wrong_field_says_so_to_everybody_and_keeps_what_was_typed() -> None:
    page = str(Wish({"title": "一二三四五六七八九十十一", "kind": "order"}))
    assert 'value="一二三四五六七八九十十一"' in page
    assert 'aria-invalid="true"' in page
    assert 'aria-describedby="id_title_helptext id_title_error"' in page
    assert 'id="id_title_helptext"' in page
    assert 'id="id_title_error"' in page


def test_every_control_of_a_form_has_its_label_and_class() -> None:
    page = str(Wish())
    assert '<label for="id_title">' in page
    assert 'class="input"' in page
    assert page.count('class="choice"') == 2
    assert "<legend>怎么排</legend>" in page
    assert 'class="switch"' in page


def test_a_form_says_what_is_wrong_with_the_whole_first() -> None:
    form = Wish({"title": "好", "kind": "lot"})
    form.add_error(None, "截止时间早于开始时间。")
    page = str(form)
    assert page.index("截止时间早于开始时间。") < page.index("题目")
    assert 'role="alert"' in page


def test_an_icon_is_unseen_by_screen_readers_unless_it_is_named() -> None:
    assert 'aria-hidden="true"' in _render('{% icon "clock" %}')
    assert 'role="img" aria-label="消息"' in _render('{% icon "bell" label="消息" %}')


def test_an_unknown_icon_fails_loudly() -> None:
    with pytest.raises(TemplateSyntaxError, match="clocks"):
        _render('{% icon "clocks" %}')


def test_the_icon_set_is_complete() -> None:
    assert len(icons()) == 61


def test_a_part_wraps_its_content_and_escapes_its_values() -> None:
    page = _render(
        '{% part "card" heading=heading id="h" %}<p>{{ text }}</p>{% endpart %}',
        heading="<b>",
        text="<i>",
    )
    assert '<h2 id="h">&lt;b&gt;</h2>' in page
    assert "<p>&lt;i&gt;</p>" in page


def test_a_qr_code_is_drawn_without_a_script() -> None:
    page = _render('{% qr "6204 8817 3390" label="券的二维码" %}')
    assert 'aria-label="券的二维码"' in page
    assert "<path d=" in page
    assert "style" not in page


def test_places_are_told_in_words_too() -> None:
    assert 'aria-label="80 个名额，已发出 80 个，你是第 96 位"' in _render("{% places 80 96 96 %}")


def test_each_sentence_of_a_heading_has_its_own_line() -> None:
    assert _render("{{ t|by_sentence }}", t="120 分。发完了。") == "120 分。<br>发完了。"
    assert _render("{{ t|by_sentence }}", t="a < b") == "a &lt; b"


def test_the_page_for_faults_needs_neither_request_nor_database() -> None:
    assert "12351" in render_to_string("500.html")


@pytest.mark.parametrize(
    ("origin", "kept"),
    [("http://testserver", True), ("http://elsewhere.example", False), (None, False)],
)
def test_a_stale_form_keeps_what_was_typed_only_when_it_was_ours(
    origin: str | None, kept: bool
) -> None:
    sender = {"HTTP_ORIGIN": origin} if origin else {}
    request = RequestFactory().post(
        "/me/", {"words": "写到一半", "code": "123456"}, headers={}, **sender
    )
    page = csrf_failure(request).content.decode()
    assert ("写到一半" in page) is kept
    assert "123456" not in page


def test_no_template_has_anything_inline() -> None:
    """The content policy forbids it; better to learn it here than in a browser."""
    ours = set(TEMPLATES.rglob("*.html"))
    for path in ours - set(LEAVES_THE_HOUSE.rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        assert " style=" not in text, path
        assert "<style" not in text, path
        assert " onclick=" not in text, path
        assert all("src=" in tag for tag in text.split("<script")[1:]), path


def test_no_comment_of_a_template_runs_over_its_line() -> None:
    """Django would print it."""
    for path in TEMPLATES.rglob("*.html"):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert line.count("{#") == line.count("#}"), path


def _render(source: str, **values: object) -> str:
    request = RequestFactory().get("/")
    request.GET = QueryDict()
    return Template(source).render(Context({"request": request, **values}))


@pytest.mark.django_db
def test_every_shared_part_stands_on_the_sample_page(client: Client) -> None:
    """Rendered there, and not only named."""
    shown = {template.name for template in client.get("/ui/").templates}
    parts = {str(file.relative_to(TEMPLATES)) for file in (TEMPLATES / "ui").rglob("*.html")}
    assert sorted(parts - shown) == []


@pytest.mark.django_db
def test_the_sample_page_shows_the_lines_of_each_part(client: Client) -> None:
    page = client.get("/ui/").content.decode()
    assert "{% include &quot;ui/empty.html&quot; with text=_(&quot;还没有券。&quot;)" in page
    samples = {file.stem for file in (TEMPLATES / "samples").glob("*.html")}
    assert samples == {sample.name for section in SECTIONS for sample in section.samples}
