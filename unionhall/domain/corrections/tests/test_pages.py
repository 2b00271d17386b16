"""The pages: each works, is not there for the wrong person, keeps what was typed, bears a second press."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.cast import a_login, a_member
from unionhall.base.chinese_ids import made_up_id
from unionhall.domain.corrections import actions as corrections
from unionhall.domain.corrections.models import Correction
from unionhall.kernel.casework.models import Case, CaseFile
from unionhall.people.members.queries import member_of
from unionhall.site.second_factor import remember


@pytest.fixture
def grain(plant7):
    return a_member("谷小满", plant7)


def browser(user):
    client = Client()
    client.force_login(user)
    session = client.session
    remember(session, user)
    session.save()
    return client


def who(client, name, number):
    said = {"name": name, "id_kind": "resident", "id_number": number}
    return client.post("/corrections/who/", said, follow=True)


def test_from_who_she_is_to_the_members_page_by_her_unions_yes(grain, dee, bo):
    hers, theirs = browser(dee), browser(bo)
    found = who(hers, grain.name, grain.id_number.lower())
    assert "名册上有你，手机号对不上" in found.content.decode()
    waits = hers.post("/corrections/who/found/", follow=True)
    assert "在核对" in waits.content.decode()
    case = Case.objects.get()
    assert grain.name in theirs.get("/desk/cases/").content.decode()
    theirs.post(f"/desk/corrections/{case.pk}/acceptance/", {"text": "电话里问过了"})
    assert member_of(dee) == grain
    done = hers.get(f"/corrections/{case.pk}/").content.decode()
    assert "改好了" in done
    assert "电话里问过了" in done


def test_a_second_press_leads_to_the_matter_that_is_open(grain, dee):
    hers = browser(dee)
    who(hers, grain.name, grain.id_number)
    session = hers.session["who_she_is"]
    for _nth in range(2):
        kept = hers.session
        kept["who_she_is"] = session
        kept.save()
        answer = hers.post("/corrections/who/found/")
    assert answer.url == f"/corrections/{Case.objects.get().pk}/"


def test_what_she_said_stands_in_no_session_in_clear(grain, dee):
    hers = browser(dee)
    who(hers, grain.name, grain.id_number)
    assert grain.id_number not in str(hers.session.items())
    assert grain.id_number not in str(hers.session.encode(dict(hers.session.items())))


def test_nobody_fits_and_what_was_typed_stays(grain, dee, plant7):
    hers = browser(dee)
    odd = who(hers, "谷小满", "99000019900520001")
    assert odd.status_code == 422
    assert "谷小满" in odd.content.decode()
    nobody = who(hers, "谷小满", made_up_id(born=dt.date(1991, 1, 1), sequence=9))
    assert "名册里没有对得上的人" in nobody.content.decode()
    hers.post("/corrections/who/found/", {"union": plant7.pk, "text": "我在总装"})
    assert Correction.objects.get().what == Correction.What.IDENTITY


def test_a_photograph_loses_the_place_it_was_taken_at_and_goes_out_as_a_file(ann, bo):
    import io

    from PIL import Image

    picture = io.BytesIO()
    exif = Image.Exif()
    exif[0x8825] = {2: (31.0, 10.0, 5.0)}
    Image.new("RGB", (40, 40), "red").save(picture, "JPEG", exif=exif)
    hers = browser(ann.user)
    upload = SimpleUploadedFile("证件.jpg", picture.getvalue(), "image/jpeg")
    hers.post("/corrections/new/name/", {"name": "苏驚蛰", "text": "", "paper": upload})
    kept = CaseFile.objects.get()
    answer = hers.get(f"/cases/{kept.case_id}/papers/{kept.pk}/")
    assert answer["Content-Disposition"].startswith("attachment")
    assert not Image.open(io.BytesIO(answer.content)).getexif()


@pytest.mark.parametrize("content", [b"<svg onload=alert(1)>", b"MZ\x90", b""])
def test_what_is_neither_photograph_nor_pdf_is_refused_and_the_words_stay(ann, content):
    upload = SimpleUploadedFile("证件.jpg", content, "image/jpeg")
    answer = browser(ann.user).post(
        "/corrections/new/name/", {"name": "苏驚蛰", "text": "字不一样", "paper": upload}
    )
    assert answer.status_code == 422
    assert "字不一样" in answer.content.decode()
    assert not Case.objects.exists()


def test_nothing_of_it_is_there_for_anybody_else(ann, bo, cai, chen):
    browser(ann.user).post("/corrections/new/department/", {"department": "总装", "text": ""})
    case = Case.objects.get()
    for stranger in (chen.user, a_login("无名")):
        client = browser(stranger)
        for path in (f"/corrections/{case.pk}/", f"/cases/{case.pk}/papers/1/"):
            assert client.get(path).status_code == 404
        assert client.post(f"/cases/{case.pk}/withdrawal/").status_code == 404
    wrong = browser(cai)
    for verb in ("acceptance", "refusal", "unmasked"):
        assert wrong.post(f"/desk/corrections/{case.pk}/{verb}/", {"text": "不"}).status_code == 404
    assert wrong.get(f"/desk/cases/{case.pk}/handler/").status_code == 404
    assert Case.objects.get().stage == "asked"


def test_an_officer_who_was_dismissed_while_the_page_was_open_answers_nothing(ann, bo):
    from unionhall.people.unions import actions as tree

    browser(ann.user).post("/corrections/new/department/", {"department": "总装", "text": ""})
    case, desk = Case.objects.get(), browser(bo)
    assert desk.get(f"/desk/corrections/{case.pk}/").status_code == 200
    tree.dismiss(bo.offices.get(), by=bo)
    assert desk.post(f"/desk/corrections/{case.pk}/acceptance/", {"text": ""}).status_code in {
        403,
        404,
    }
    assert Case.objects.get().stage == "asked"


def test_pages_ask_as_many_statements_with_one_matter_as_with_many(
    ann, bo, plant7, django_assert_max_num_queries
):
    hers, desk = browser(ann.user), browser(bo)
    for what, said in (
        ("name", {"name": "苏驚蛰"}),
        ("phone", {"phone": "19900001234"}),
        ("other", {}),
    ):
        hers.post(f"/corrections/new/{what}/", {**said, "text": "不对"})
    assert Case.objects.count() == 3
    case = Case.objects.first()
    with django_assert_max_num_queries(8):
        hers.get("/cases/")
    with django_assert_max_num_queries(18):
        desk.get("/desk/cases/")
    with django_assert_max_num_queries(20):
        desk.get(f"/desk/corrections/{case.pk}/")
    with django_assert_max_num_queries(14):
        hers.get(f"/corrections/{case.pk}/")


def test_where_a_login_is_replaced_the_officer_ticks_that_she_saw_her(ann, dee, bo):
    hers, theirs = browser(dee), browser(bo)
    who(hers, ann.name, ann.id_number)
    hers.post("/corrections/who/found/")
    address = f"/desk/corrections/{Case.objects.get().pk}/"
    assert 'name="saw_her"' in theirs.get(address).text
    for ticked in ({}, {"saw_her": "on"}, {"former_ends": "on"}):
        sent = theirs.post(f"{address}acceptance/", {"text": "核对过证件", **ticked})
        assert sent.status_code == 409
        assert "没有改" in sent.text
        assert "核对过证件" in sent.text, "what was typed is kept"
        assert member_of(dee) is None
    both = {"saw_her": "on", "former_ends": "on", "text": ""}
    assert theirs.post(f"{address}acceptance/", both).status_code == 302
    assert member_of(dee) == ann


def test_the_api_asks_for_the_same(ann, dee, bo):
    asked = corrections.ask_for_login(dee, ann)
    address = f"/api/v1/corrections/desk/{asked.case_id}/answer/"
    desk = browser(bo)
    sent = {"answer": "accept"}
    assert desk.post(address, sent, content_type="application/json").status_code == 409
    sent |= {"saw_her": True, "former_ends": True}
    assert desk.post(address, sent, content_type="application/json").status_code == 200
    assert member_of(dee) == ann


def test_the_desk_changes_the_phone_of_a_login(ann, grain, chen, bo):
    desk, address = browser(bo), f"/desk/corrections/of/{ann.pk}/login/"
    assert address in desk.get(f"/desk/members/{ann.pk}/").text
    assert (
        address.replace(str(ann.pk), str(grain.pk))
        not in desk.get(f"/desk/members/{grain.pk}/").text
    )
    assert "还没有登录过" in desk.get(f"/desk/corrections/of/{grain.pk}/login/").text
    assert desk.get(f"/desk/corrections/of/{chen.pk}/login/").status_code == 404
    slip = desk.post(address, {"phone": "19900009901", "again": "19900009902", "saw_her": "on"})
    assert slip.status_code == 422
    assert "19900009902" in slip.text
    unseen = desk.post(address, {"phone": "19900009901", "again": "199 0000 9901"})
    assert unseen.status_code == 409
    assert "本人在场" in unseen.text
    sent = {"phone": "19900009901", "again": "+86 19900009901", "saw_her": "on"}
    assert desk.post(address, sent)["Location"] == f"/desk/members/{ann.pk}/"
    ann.user.refresh_from_db()
    assert ann.user.phone == "19900009901"
