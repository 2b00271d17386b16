"""Pictures on pages: who sees them, and how an officer changes them."""

from __future__ import annotations

import dataclasses

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from unionhall.base.files.models import PrivateFile
from unionhall.domain.quiz import actions
from unionhall.domain.quiz.models import Bank
from unionhall.domain.quiz.queries import banks as reads
from unionhall.domain.quiz.queries.attempts import shown, shown_paper
from unionhall.domain.quiz.queries.bank_exports import (
    FORMS,
    draft_with_pictures,
    questions_with_pictures,
    written,
)
from unionhall.domain.quiz.queries.bank_files import judged, read_bank_file
from unionhall.domain.quiz.rules.exchange import moodle_xml
from unionhall.domain.quiz.rules.questions import JUDGE, SINGLE, Picture, QuestionDraft
from unionhall.domain.quiz.tests.conftest import a_small_contest, started
from unionhall.domain.quiz.tests.pictures import a_picture, jpeg, png


@pytest.fixture
def bank(plant7, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    draft = QuestionDraft(JUDGE, "图里的阀门开着。", [True], pictures=(a_picture("一个阀门"),))
    file = moodle_xml.write([draft]).encode()
    actions.import_questions(file, name="图.xml", union=plant7, bank_name="图", by=None)
    return Bank.objects.get(name="图")


@pytest.fixture
def desk(client, bo, settings):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "second_factor" not in name]
    client.force_login(bo)
    return client


def test_she_sees_the_picture_of_her_own_paper_and_nobody_else_does(client, bank, plant7, ann, cai):
    attempt = started(a_small_contest(plant7, bank=bank), ann)
    where = reverse("quiz:picture", args=[attempt.pk, 1, 1])
    client.force_login(ann.user)
    page = client.get(reverse("quiz:question", args=[attempt.pk, 1])).content.decode()
    assert f'<img src="{where}" alt="一个阀门">' in page
    told = client.get(where)
    assert (told["Content-Type"], told["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert b"".join(told) == a_picture().content
    assert client.get(reverse("quiz:picture", args=[attempt.pk, 1, 2])).status_code == 404
    client.force_login(cai)
    assert client.get(where).status_code == 404


def test_a_question_without_a_picture_has_none(client, plant7, ann):
    attempt = started(a_small_contest(plant7), ann)
    client.force_login(ann.user)
    assert client.get(reverse("quiz:picture", args=[attempt.pk, 1, 1])).status_code == 404


CHOICE = QuestionDraft(
    SINGLE,
    "哪一个是关着的阀门？",
    ["B"],
    ("横着的", "竖着的"),
    pictures=(
        a_picture("两个阀门", colour=1),
        a_picture("一块表", colour=2),
        a_picture("横着的", "A", colour=3),
        a_picture("竖着的", "B", colour=4),
    ),
)


def test_pictures_of_stem_and_options_go_round_through_moodle(
    client, plant7, ann, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    first = a_bank_of([CHOICE], plant7, "一")
    back = written(first, FORMS["moodle"]).content
    again = imported(back, plant7, "二")
    assert stored(again) == stored(first) == [CHOICE]
    attempt = started(a_small_contest(plant7, bank=again, draw={"single": [1, 10]}), ann)
    client.force_login(ann.user)
    page = client.get(reverse("quiz:question", args=[attempt.pk, 1])).content.decode()
    for nth, one in enumerate(CHOICE.pictures, start=1):
        where = reverse("quiz:picture", args=[attempt.pk, 1, nth])
        assert f'<img src="{where}"' in page
        assert b"".join(client.get(where)) == one.content
    beside = page.index(reverse("quiz:picture", args=[attempt.pk, 1, 4]))
    assert page.rindex("竖着的", 0, beside) > page.rindex("<label", 0, beside)


def a_bank_of(drafts, union, name):
    return imported(moodle_xml.write(drafts).encode(), union, name)


def imported(content, union, name):
    actions.import_questions(content, name="图.xml", union=union, bank_name=name, by=None)
    return Bank.objects.get(name=name)


def stored(bank):
    return [draft_with_pictures(one) for one in questions_with_pictures(bank)]


def test_a_photograph_of_ours_comes_back_byte_for_byte(plant7, settings, tmp_path):
    """Drawn anew each time, it would lose a little each time."""
    settings.MEDIA_ROOT = tmp_path
    draft = QuestionDraft(JUDGE, "一。", [True], pictures=(Picture(jpeg(), "一块表"),))
    first = a_bank_of([draft], plant7, "一")
    second = imported(written(first, FORMS["moodle"]).content, plant7, "二")
    assert stored(first) == stored(second) != [draft]


@pytest.mark.django_db
def test_an_option_that_is_a_picture_alone_has_its_words_or_is_refused():
    worded = dataclasses.replace(CHOICE, options=("", "竖着的"))
    (verdict,) = judged(
        read_bank_file(moodle_xml.write([worded]).encode(), name="图.xml"), known={}
    )
    assert verdict.normalisations == ("option_from_picture",)
    assert verdict.values.options == ("横着的", "竖着的")
    wordless = dataclasses.replace(worded, pictures=(a_picture("", "A"),))
    (verdict,) = judged(
        read_bank_file(moodle_xml.write([wordless]).encode(), name="图.xml"), known={}
    )
    assert "PICTURE_WORDLESS" in verdict.reason_codes


def test_a_contest_without_pictures_asks_for_none(plant7, ann, django_assert_num_queries):
    attempt = started(a_small_contest(plant7), ann)
    with django_assert_num_queries(2):  # the version, and what was saved
        shown(attempt, 1)
    with django_assert_num_queries(2):
        shown_paper(attempt)


def edited(desk, bank, **values):
    version = reads.questions_in(bank).get()
    url = reverse("quiz_desk:question", args=[version.question_id])
    response = desk.post(url, {**reads.as_typed(version), **values})
    return response, reads.questions_in(bank).get()


def test_an_edit_keeps_adds_and_drops_pictures(desk, bank):
    before = reads.questions_in(bank).get()
    where = reverse("quiz_desk:picture", args=[before.question_id, 1])
    assert b"".join(desk.get(where)) == a_picture().content
    _response, kept = edited(desk, bank)
    assert (kept.nth, kept.pictures.get().file) == (2, before.pictures.get().file)
    new = SimpleUploadedFile("x.jpg", jpeg())
    _response, two = edited(desk, bank, picture=new, picture_text="一块表")
    assert [one.text for one in two.pictures.order_by("nth")] == ["一个阀门", "一块表"]
    assert two.pictures.get(nth=2).file.content_type == "image/jpeg"
    _response, one = edited(desk, bank, without=["1"])
    assert [(left.nth, left.text) for left in one.pictures.all()] == [(1, "一块表")]
    _response, bare = edited(desk, bank, without=["1"])
    assert (bare.pictured, bare.pictures.count()) == (False, 0)
    assert desk.get(where).status_code == 404
    assert PrivateFile.objects.count() == 2  # past attempts show theirs


def test_a_picture_beside_an_option_that_is_not_there_is_refused(desk, bank):
    file = SimpleUploadedFile("x.png", png())
    response, version = edited(desk, bank, picture=file, picture_place="C")
    assert response.status_code == 422
    assert "图片只能放在题干或者选项里" in response.content.decode()
    assert version.nth == 1


@pytest.mark.parametrize("content", [b"<svg/>", b"\x89PNG\r\n\x1a\n", b"GIF89a"])
def test_what_is_no_picture_is_told_beside_the_field(desk, bank, content):
    response, version = edited(desk, bank, picture=SimpleUploadedFile("x.png", content))
    assert response.status_code == 422
    assert "要 8 MB 以内的 PNG" in response.content.decode()
    assert version.nth == 1
