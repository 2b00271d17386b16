"""Pictures on pages: who sees them, and how an officer changes them."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from unionhall.base.files.models import PrivateFile
from unionhall.domain.quiz import actions
from unionhall.domain.quiz.models import Bank
from unionhall.domain.quiz.queries import banks as reads
from unionhall.domain.quiz.rules.exchange.written import QuestionFile, Written
from unionhall.domain.quiz.rules.questions import JUDGE, QuestionDraft
from unionhall.domain.quiz.tests.conftest import a_small_contest, started
from unionhall.domain.quiz.tests.pictures import a_picture, jpeg, png


@pytest.fixture
def bank(plant7, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    draft = QuestionDraft(JUDGE, "图里的阀门开着。", [True], picture=a_picture("一个阀门"))
    source = QuestionFile("题", (Written(1, draft),))
    actions.import_questions(source, union=plant7, bank_name="图", by=None)
    return Bank.objects.get(name="图")


@pytest.fixture
def desk(client, bo, settings):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "second_factor" not in name]
    client.force_login(bo)
    return client


def test_she_sees_the_picture_of_her_own_paper_and_nobody_else_does(client, bank, plant7, ann, cai):
    attempt = started(a_small_contest(plant7, bank=bank), ann)
    where = reverse("quiz:picture", args=[attempt.pk, 1])
    client.force_login(ann.user)
    page = client.get(reverse("quiz:question", args=[attempt.pk, 1])).content.decode()
    assert f'<img src="{where}" alt="一个阀门">' in page
    told = client.get(where)
    assert (told["Content-Type"], told["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert b"".join(told) == a_picture().content
    assert client.get(reverse("quiz:picture", args=[attempt.pk, 2])).status_code == 404
    client.force_login(cai)
    assert client.get(where).status_code == 404


def test_a_question_without_a_picture_has_none(client, plant7, ann):
    attempt = started(a_small_contest(plant7), ann)
    client.force_login(ann.user)
    assert client.get(reverse("quiz:picture", args=[attempt.pk, 1])).status_code == 404


def edited(desk, bank, **values):
    version = reads.questions_in(bank).get()
    url = reverse("quiz_desk:question", args=[version.question_id])
    response = desk.post(url, {**reads.as_typed(version), **values})
    return response, reads.questions_in(bank).get()


def test_an_edit_keeps_changes_or_drops_the_picture(desk, bank):
    before = reads.questions_in(bank).get()
    where = reverse("quiz_desk:picture", args=[before.question_id])
    assert b"".join(desk.get(where)) == a_picture().content
    _response, kept = edited(desk, bank)
    assert (kept.nth, kept.picture_id, kept.picture_text) == (2, before.picture_id, "一个阀门")
    new = SimpleUploadedFile("x.jpg", jpeg())
    _response, changed = edited(desk, bank, picture=new, picture_text="一块表")
    assert (changed.picture.content_type, changed.picture_text) == ("image/jpeg", "一块表")
    _response, bare = edited(desk, bank, without_picture="on")
    assert (bare.nth, bare.picture, bare.picture_text) == (4, None, "")
    assert desk.get(where).status_code == 404
    assert PrivateFile.objects.count() == 2  # past attempts show theirs


@pytest.mark.parametrize("content", [b"<svg/>", png(width=9_000), b"GIF89a"])
def test_what_is_no_picture_is_told_beside_the_field(desk, bank, content):
    response, version = edited(desk, bank, picture=SimpleUploadedFile("x.png", content))
    assert response.status_code == 422
    assert "512 KB 以内的 PNG 或 JPEG" in response.content.decode()
    assert version.nth == 1
