"""Which part of the tree an officer looks at, as whom, and who follows her when she leaves."""

from __future__ import annotations

import pytest

from tests.people import a_login
from unionhall.base.ledger.queries import entries_like
from unionhall.domain.corrections.stages import CORRECTION
from unionhall.domain.quiz.models import BankImport
from unionhall.kernel.casework import actions as casework
from unionhall.people.members import actions as roll
from unionhall.people.members.models import BulkDeed
from unionhall.people.programs import actions as programs
from unionhall.people.unions import actions as unions
from unionhall.people.unions.models import ListImport, Office
from unionhall.people.unions.queries import in_charge_of, is_officer
from unionhall.people.unions.tests.test_desk import at_the_desk
from unionhall.people.webhooks.models import Receiver

pytestmark = pytest.mark.django_db


@pytest.fixture
def both(client, bo, plant7, harbour2):
    """Bo runs two unions."""
    unions.appoint(bo, union=harbour2, role="officer")
    return at_the_desk(client, bo)


def test_she_looks_at_one_of_her_offices_and_the_frame_says_so(both, bo, plant7, harbour2):
    html = both.get("/desk/unions/").text
    assert plant7.name in html
    assert harbour2.name in html
    office = bo.offices.get(union=plant7)
    both.post("/desk/look/", {"office": office.pk})
    html = both.get("/desk/unions/").text
    assert "你现在看的范围" in html
    assert "1 个工会" in html
    assert both.get(f"/desk/unions/{harbour2.pk}/").status_code == 404
    both.post("/desk/look/", {"office": ""})
    assert both.get(f"/desk/unions/{harbour2.pk}/").status_code == 200


def test_what_she_looks_at_gives_no_right(both, bo, cai, harbour2, district, fu):
    assert both.post("/desk/look/", {"office": fu.offices.get().pk}).status_code == 404
    assert both.post("/desk/look/", {"office": fu.offices.get().pk, "as": "1"}).status_code == 404
    office = bo.offices.get(union=harbour2)
    both.post("/desk/look/", {"office": office.pk})
    unions.dismiss(office, by=fu)
    assert both.get(f"/desk/unions/{harbour2.pk}/").status_code == 404, "with the very next request"
    assert both.get("/desk/unions/").status_code == 200, "and the rest of hers is hers"
    bo.looks_at = fu.offices.get()
    assert district not in in_charge_of(bo), "it only narrows"
    assert is_officer(bo)


def test_as_this_role_she_sees_less_and_changes_nothing(client, fu, bo, plant7, harbour2, ann):
    desk, office = at_the_desk(client, fu), bo.offices.get()
    desk.post("/desk/look/", {"office": office.pk, "as": "1"})
    assert [one.subject_id for one in entries_like("unions.seen_as")] == [office.pk]
    for page in ("/desk/", "/desk/unions/", f"/desk/members/{ann.pk}/"):
        html = desk.get(page).text
        assert "你用这个职务在看，只能看" in html
        assert bo.name in html
    assert desk.get(f"/desk/unions/{harbour2.pk}/").status_code == 404
    assert desk.post("/desk/members/", {"sex": "f"}).status_code == 302, "a form that only leads"
    refused = desk.post(f"/desk/members/{ann.pk}/standing/", {"why": "retired"})
    assert refused.status_code == 409
    assert "只能看" in refused.text
    assert ann.memberships.get().standing == "current"
    sent = {"phone": fu.phone, "role": "officer"}
    address = f"/api/v1/unions/desk/{plant7.pk}/offices/"
    assert desk.post(address, sent, content_type="application/json").status_code == 409
    desk.post("/desk/look/", {"office": ""})
    assert desk.get(f"/desk/unions/{harbour2.pk}/").status_code == 200


def test_whoever_lost_the_office_above_sees_nothing_as_anybody(client, fu, bo):
    desk = at_the_desk(client, fu)
    desk.post("/desk/look/", {"office": bo.offices.get().pk, "as": "1"})
    unions.dismiss(fu.offices.get(), by=bo)
    assert desk.get("/desk/unions/").status_code == 403


def test_all_she_held_goes_to_whoever_follows_her(client, fu, bo, plant7, chen):
    request = roll.ask_transfer(chen, union=plant7, by=bo)
    key, _secret = programs.issue_key(plant7, name="人事系统", by=bo)
    next_one, office = a_login("阮小寒"), bo.offices.get()
    desk = at_the_desk(client, fu)
    address = f"/desk/offices/{office.pk}/handover/"
    html = desk.get(address).text
    assert "她提出的接转" in html
    assert "她发的程序密钥" in html
    assert desk.post(address, {"phone": bo.phone}).status_code == 409, "not to herself"
    desk.post(address, {"phone": next_one.phone, "because": "调走了"})
    for one in (request, key, office):
        one.refresh_from_db()
    assert (request.asked_by, key.issued_by) == (next_one, next_one)
    assert office.until_on
    assert Office.objects.get(user=next_one, until_on=None).union == plant7
    assert not is_officer(bo)
    (entry,) = entries_like("unions.office_handed_over")
    assert (entry.detail["transfers"], entry.detail["keys"]) == (1, 1)


def under_way(bo, plant7):
    """A receiver, a deed for many, a list of unions and a file of questions, none of them done."""
    receiver = Receiver.objects.create(
        union=plant7, name="人事系统", url="https://hr.example/", secret="x", after_entry=0,
        issued_by=bo,
    )  # fmt: skip
    deed = BulkDeed.objects.create(by=bo, union=plant7, people=1, state="running", deed="message")
    sent = ListImport.objects.create(by=bo, file_name="台账.xlsx", state="checked")
    bank = BankImport.objects.create(
        by=bo,
        union=plant7,
        bank_name="安全",
        file_name="题.xlsx",
        as_of="2026-11-01",
        state="running",
    )
    return receiver, deed, sent, bank


def holders_of(things):
    for one in things:
        one.refresh_from_db()
    return [getattr(one, "issued_by", None) or one.by for one in things]


def test_what_runs_on_its_own_goes_to_whoever_follows_her(client, fu, bo, plant7, harbour2):
    things = under_way(bo, plant7)
    done = BulkDeed.objects.create(by=bo, union=plant7, people=1, state="done", deed="message")
    elsewhere = BulkDeed.objects.create(by=bo, union=harbour2, people=1, state="running")
    next_one, office = a_login("阮小寒"), bo.offices.get()
    desk = at_the_desk(client, fu)
    html = desk.get(f"/desk/offices/{office.pk}/handover/").text
    for what in ("没办完的批量办理", "还没导入的台账", "还没导入的题目", "登记的接收方"):
        assert what in html, what
    desk.post(f"/desk/offices/{office.pk}/handover/", {"phone": next_one.phone})
    assert holders_of(things) == [next_one] * 4
    assert holders_of([done, elsewhere]) == [bo, bo], "what was done was done by her"
    (entry,) = entries_like("unions.office_handed_over")
    counts = [entry.detail[one] for one in ("receivers", "bulk", "lists", "banks")]
    assert counts == [1, 1, 1, 1]


def test_the_matters_given_to_her_go_to_whoever_follows_her(client, fu, bo, ann, plant7):
    hers, done, of_nobody = (
        casework.open_case(CORRECTION, title=title, union=plant7, by=bo, about=title)
        for title in ("她的", "办完的", "没人的")
    )
    for case in (hers, done):
        casework.assign(case, handler=bo, by=fu)
    casework.advance(done, to="declined", by=bo, text="没有这回事")
    next_one, office = a_login("阮小寒"), bo.offices.get()
    desk = at_the_desk(client, fu)
    assert "交给她办的事" in desk.get(f"/desk/offices/{office.pk}/handover/").text
    desk.post(f"/desk/offices/{office.pk}/handover/", {"phone": next_one.phone})
    for case in (hers, done, of_nobody):
        case.refresh_from_db()
    assert (hers.handler, done.handler, of_nobody.handler) == (next_one, bo, None)
    last = hers.events.order_by("pk").last()
    assert (last.what, last.by, last.given_to) == ("assigned", fu, next_one)
    assert entries_like("unions.office_handed_over")[0].detail["cases"] == 1


def test_a_list_stays_with_whoever_runs_another_part(client, fu, bo, plant7, harbour2):
    """A list names no union; it is hers to go on with."""
    unions.appoint(bo, union=harbour2, role="officer")
    _receiver, _deed, sent, _bank = under_way(bo, plant7)
    next_one, office = a_login("阮小寒"), bo.offices.get(union=plant7)
    at_the_desk(client, fu).post(f"/desk/offices/{office.pk}/handover/", {"phone": next_one.phone})
    assert holders_of([sent]) == [bo]


def test_a_page_left_open_by_an_officer_who_was_removed_does_nothing(client, bo, fu, ann, plant7):
    desk = at_the_desk(client, bo)
    assert desk.get(f"/desk/members/{ann.pk}/standing/").status_code == 200
    unions.dismiss(bo.offices.get(), by=fu)
    sent = desk.post(f"/desk/members/{ann.pk}/standing/", {"why": "resigned"})
    assert sent.status_code == 403
    assert ann.memberships.get().left_on is None
