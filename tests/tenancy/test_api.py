"""The verbs of the API, each once as it should go, and each kind of "no" at the same door."""

from __future__ import annotations

import json

import pytest
from django.db import transaction
from django.test import Client

from tests.api import SIGNED_IN, operation_ids, operations, texts_asked
from tests.tenancy.routes import READERS, all_routes
from tests.tenancy.two_unions import clients, ids, worlds  # noqa: F401 — two fixtures
from unionhall.base.api import OnlyFor
from unionhall.domain.lectures import actions as lectures
from unionhall.domain.lectures.models import Series
from unionhall.kernel.notify.models import Message
from unionhall.people.accounts.models import Consent
from unionhall.people.members.models import Member
from unionhall.site.second_factor import remember

pytestmark = pytest.mark.django_db
V1 = "/api/v1"
OFFICERS_VERB = "/desk/"
save_draft = lectures.save_draft
NO_TOKEN = b'{"code":"forbidden","detail":"CSRF check Failed"}'


@pytest.fixture
def ours(worlds):  # noqa: F811
    return worlds[0]


def send(client, method, path, body=None):
    sent = json.dumps(body) if body is not None else ""
    return client.generic(method, f"{V1}{path}", sent, content_type="application/json")


def told(client, method, path, body=None):
    response = send(client, method, path, body)
    assert response.status_code in {200, 204}, response.content.decode()
    return response.json() if response.content else None


# == At every door ==


def addresses(ours):
    for named in operation_ids().values():
        method, address = named.split(" ")
        for name, value in ids(ours).items():
            address = address.replace("{%s}" % name, str(value))  # noqa: UP031 — braces
        yield method, address


def test_nobody_asks_unsigned_in(ours):
    answers = {(m, a): Client().generic(m, a).status_code for m, a in addresses(ours)}
    assert {key: status for key, status in answers.items() if status != 401} == {}


def verbs(ours):
    """Each verb: its method, its address, its reader, and a login that is let in there."""
    for route in all_routes():
        for method, reader in operations(route.entry).items():
            yield method.upper(), route.path(ids(ours)), reader, login_of(reader, ours)


def login_of(reader, ours):
    logins = {"runs_unions": ours.officer, SIGNED_IN: ours.member.user}
    return logins.get(reader, ours.clerk.user)


def strict(login):
    """A browser that is signed in, second factor and all, and has no token."""
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    browser.force_login(login)
    session = browser.session
    remember(session, login)
    session.save()
    return browser


def taken_without_token(ours):
    """Writes that do not ask for the token, each with its reader; what they did is undone."""
    taken = {}
    for method, where, reader, login in verbs(ours):
        if method == "GET":
            continue
        browser = strict(login)
        with transaction.atomic():
            answer = browser.generic(method, where)
            transaction.set_rollback(True)
        if (answer.status_code, answer.content) != (403, NO_TOKEN):
            taken[method, where] = reader
    return taken


def test_a_write_without_its_token_is_refused(ours):
    """Asked by whom the verb is for, so that nothing but the token is missing."""
    assert taken_without_token(ours) == {}


def test_writes_that_do_not_ask_for_the_token_would_be_seen(ours, monkeypatch):
    monkeypatch.setattr(OnlyFor, "csrf", property(lambda _self: False), raising=False)
    theirs = {
        (method, where): reader
        for method, where, reader, _login in verbs(ours)
        if method != "GET" and reader != SIGNED_IN
    }
    assert taken_without_token(ours) == theirs
    on_pages = {
        "needs_second_factor",
        "reads_ledgers",
        "runs_the_system",
        "guards_security",
        "audits",
    }
    assert set(theirs.values()) == set(READERS) - on_pages


def test_no_desk_without_the_second_factor(ours):
    browser = Client()
    browser.force_login(ours.officer)
    for method, address in addresses(ours):
        if OFFICERS_VERB in address:
            response = browser.generic(method, address)
            assert (response.status_code, response.json()["code"]) == (403, "second_factor")


def test_a_body_that_is_too_large_is_refused_as_all_else_is(ours, clients):  # noqa: F811
    text = {"union": ours.union.pk, "title": "t", "script": "x" * 3_000_000}
    refused = send(clients["bo"], "POST", "/learning/desk/", text)
    facts = {"code": "too_large", "most_bytes": 2 << 20}
    assert (refused.status_code, refused.json()) == (413, facts)


def test_no_text_that_is_looked_for_breaks_a_verb(ours):
    """NUL is what the database will not even compare with."""
    asked = []
    for route in all_routes():
        for method, reader in operations(route.entry).items():
            browser = strict(login_of(reader, ours))
            for name in texts_asked(route.entry, method):
                with transaction.atomic():
                    sent = f"{route.path(ids(ours))}?q=x&{name}=%E4%B8%83%00"
                    asked.append((route.where, name, browser.generic(method, sent).status_code))
                    transaction.set_rollback(True)
    assert len(asked) >= 8
    assert [one for one in asked if one[2] >= 500] == []


def test_the_documentation_is_for_whoever_asks(client):
    assert client.get(f"{V1}/openapi.json").json()["info"]["title"]


# == The member ==


def test_she_reads_her_inbox_and_looks_at_it(ours, clients):  # noqa: F811
    ann = clients["ann"]
    page = told(ann, "GET", "/inbox/")
    count = Message.objects.shown().filter(member=ours.member).count()
    assert (page["page"], page["pages"], page["total"], len(page["items"])) == (1, 1, count, count)
    assert told(ann, "GET", "/inbox/unread/") == {"unread": count}
    assert told(ann, "POST", f"/inbox/{page['items'][0]['id']}/read/")["read_at"]
    assert told(ann, "GET", "/inbox/unread/") == {"unread": count - 1}
    told(ann, "POST", "/inbox/read/")
    assert told(ann, "GET", "/inbox/unread/") == {"unread": 0}
    assert (
        send(clients["chen"], "POST", f"/inbox/{page['items'][0]['id']}/read/").status_code == 404
    )


def test_her_own_page_is_masked_and_her_wishes_are_kept(ours, clients):  # noqa: F811
    ann = clients["ann"]
    me = told(ann, "GET", "/me/")
    assert me["name"] == ours.member.name
    assert ours.member.id_number not in json.dumps(me)
    assert ours.member.phone not in json.dumps(me)
    wishes = {"text_size": "elder", "theme": "dark"}
    assert told(ann, "PATCH", "/me/preferences/", wishes) == {**wishes, "language": ""}
    assert told(ann, "PUT", "/me/more-time/", {"more_time": True}) == {"more_time": True}
    assert send(ann, "PATCH", "/me/preferences/", {"theme": "pink"}).status_code == 422


def test_she_withdraws_from_the_list_and_comes_back(ours, clients):  # noqa: F811
    ann, winners = clients["ann"], f"/quiz/contests/{ours.contest.pk}/winners/"
    told(ann, "PUT", "/me/consents/winners/", {"given": True})
    (line,) = told(ann, "GET", winners)["items"]
    assert (line["place"], line["name"]) == (1, "苏*蛰")
    told(ann, "PUT", "/me/consents/winners/", {"given": False})
    (line,) = told(ann, "GET", winners)["items"]
    assert (line["place"], line["name"]) == (1, "")
    assert send(clients["chen"], "GET", winners).status_code == 404


def test_without_the_privacy_notice_nobody_is_signed_in(ours, clients):  # noqa: F811
    told(clients["ann"], "PUT", "/me/consents/privacy/", {"given": True})
    told(clients["ann"], "PUT", "/me/consents/privacy/", {"given": False})
    assert not Consent.objects.filter(user=ours.member.user, withdrawn_at=None, kind="privacy")
    assert send(clients["ann"], "GET", "/me/").status_code == 401


def test_her_result_tells_all_that_is_hers(ours, clients):  # noqa: F811
    ann = clients["ann"]
    (line,) = told(ann, "GET", "/quiz/attempts/")["items"]
    assert (line["id"], line["score"], line["place"]) == (ours.attempt.pk, 150, 1)
    result = told(ann, "GET", f"/quiz/attempts/{ours.attempt.pk}/result/")
    assert (result["code"], result["revealed"], result["paper"]) == ("won", False, [])
    assert result["review"]["text"] == ours.review.text
    again = send(ann, "POST", f"/quiz/attempts/{ours.attempt.pk}/review/", {"text": "再看看"})
    assert again.status_code in {200, 409}
    start = told(ann, "GET", f"/quiz/contests/{ours.contest.pk}/")
    assert (start["full_marks"], start["may_start"], start["going_on"]) == (150, False, None)
    assert send(ann, "GET", f"/quiz/contests/{ours.contest.pk}/lots/").status_code == 404


def test_she_reads_the_text_and_goes_on_to_the_quiz(ours, clients):  # noqa: F811
    ann, phase = clients["ann"], f"/lectures/phases/{ours.phase.pk}"
    assert "关阀门" in told(ann, "POST", f"{phase}/text/")["script"]
    assert told(ann, "GET", f"{phase}/progress/")["done"] is False
    refused = send(ann, "POST", f"{phase}/quiz/")
    assert refused.status_code == 409 or refused.json() == {"contest": ours.contest.pk}
    assert send(clients["chen"], "POST", f"{phase}/text/").status_code == 404


def test_her_voucher(ours, clients):  # noqa: F811
    address = f"/welfare/vouchers/{ours.attempt.prize_id}/"
    assert told(clients["ann"], "GET", address)["standing"] == "used"
    assert send(clients["chen"], "GET", address).status_code == 404


# == The clerk ==


def test_the_day_at_the_till_and_a_redemption_undone(ours, clients):  # noqa: F811
    till, one = clients["clerk"], f"/welfare/redemptions/{ours.redemption.pk}/"
    assert told(till, "GET", "/welfare/till/total/")["cents"] == 8000
    assert told(till, "GET", "/welfare/redemptions/")["total"] == 1
    assert told(till, "GET", one)["may_be_undone"] is True
    assert send(clients["their_clerk"], "GET", one).status_code == 404
    assert send(clients["ann"], "GET", one).status_code == 403
    assert send(till, "POST", f"{one}undo/", {"reason": " "}).status_code == 422
    assert told(till, "POST", f"{one}undo/", {"reason": "拿错了"})["undo_reason"] == "拿错了"
    assert told(till, "GET", "/welfare/till/total/")["cents"] == 0
    good = told(till, "POST", "/welfare/till/check/", {"number": ours.attempt.prize.number})
    assert (good["face_value"], good["customer"]["name"]) == (8000, "苏*蛰")
    told(till, "POST", "/welfare/redemptions/", {"number": good["number"]})
    used = send(till, "POST", "/welfare/till/check/", {"number": good["number"]})
    assert (used.status_code, used.json()["code"]) == (409, "already_used")


def test_only_a_manager_undoes(ours, clients):  # noqa: F811
    type(ours.clerk).objects.filter(pk=ours.clerk.pk).update(is_manager=False)
    undo = f"/welfare/redemptions/{ours.redemption.pk}/undo/"
    assert send(clients["clerk"], "POST", undo, {"reason": "拿错了"}).status_code == 403


# == The officer ==


def test_the_tree_and_the_roll(ours, clients, worlds):  # noqa: F811
    bo = clients["bo"]
    (line,) = told(bo, "GET", "/unions/desk/?q=七号厂")["items"]
    assert line["id"] == ours.union.pk
    assert told(bo, "GET", f"/unions/desk/{ours.union.pk}/")["may_staff"] is False
    assert told(clients["fu"], "GET", f"/unions/desk/{ours.union.pk}/")["may_staff"] is True
    office = {"phone": ours.member.user.phone, "role": "officer"}
    assert send(bo, "POST", f"/unions/desk/{ours.union.pk}/offices/", office).status_code == 403
    made = told(clients["fu"], "POST", f"/unions/desk/{ours.union.pk}/offices/", office)
    ended = told(clients["fu"], "POST", f"/unions/desk/offices/{made['id']}/dismissal/")
    assert ended["until_on"]
    roll = told(bo, "GET", "/members/desk/")
    assert [one["name"] for one in roll["items"]] == [ours.member.name]
    assert ours.member.phone not in json.dumps(roll)
    assert send(bo, "GET", f"/members/desk/?union={worlds[1].union.pk}").status_code == 404


def test_a_number_in_clear_is_noted(ours, clients):  # noqa: F811
    address = f"/members/desk/{ours.member.pk}/phone/"
    assert told(clients["bo"], "POST", address)["value"] == ours.member.phone
    assert told(clients["ann"], "GET", "/me/")["looks"]
    assert send(clients["cai"], "POST", address).status_code == 404


def test_banks_questions_and_reviews(ours, clients):  # noqa: F811
    bo, bank = clients["bo"], f"/quiz/desk/banks/{ours.bank.pk}/"
    assert told(bo, "GET", "/quiz/desk/banks/")["total"] == 1
    assert sum(told(bo, "GET", bank)["counts"].values()) > 50
    page = told(bo, "GET", f"{bank}questions/?kind=judge&page=1")
    assert {one["kind"] for one in page["items"]} == {"judge"}
    one = page["items"][0]
    edited = {**one, "explanation": "写清楚了"}
    where = f"/quiz/desk/questions/{one['id']}/"
    assert told(bo, "PUT", where, edited)["nth"] == one["nth"] + 1
    late = send(bo, "PUT", where, edited)
    assert (late.status_code, late.json()["code"]) == (409, "edited_meanwhile")
    assert send(clients["cai"], "PUT", where, edited).status_code == 404
    review = f"/quiz/desk/reviews/{ours.review.pk}/"
    assert told(bo, "GET", review)["reason"]["code"] == "won"
    assert told(bo, "POST", f"{review}answer/", {"text": "查过了"})["answer"] == "查过了"
    assert told(bo, "POST", f"/quiz/desk/contests/{ours.contest.pk}/trial/")["state"] == "open"


def test_a_lecture_from_an_empty_sentence_to_its_publication(ours, clients):  # noqa: F811
    bo = clients["bo"]
    text = {"union": ours.union.pk, "title": "防火", "script": "# 防火\n\n先报警。"}
    lesson = told(bo, "POST", "/learning/desk/", text)
    draft = told(bo, "POST", "/lectures/desk/")
    (phase,) = draft["phases"]
    assert (draft["state"], draft["ready"]) == ("draft", False)
    assert "lesson" in phase["faults"]
    read = {"version": draft["version"]}
    early = send(bo, "POST", f"/lectures/desk/{draft['id']}/publish/", read)
    assert (early.status_code, early.json()["code"]) == (409, "not_ready")
    sentence = {
        "title": "冬季防火",
        "lesson": str(lesson["id"]),
        "bank": str(ours.bank.pk),
        "places": "0",
    }
    typed = {**read, "title": "冬季大讲堂", "phases": {phase["id"]: sentence}}
    saved = told(bo, "PUT", f"/lectures/desk/{draft['id']}/draft/", typed)
    assert (saved["ready"], saved["phases"][0]["faults"]) == (True, {})
    unknown = {**read, "phases": {phase["id"]: {"surprise": "1"}}}
    assert send(bo, "PUT", f"/lectures/desk/{draft['id']}/draft/", unknown).status_code == 422
    two = told(bo, "POST", f"/lectures/desk/{draft['id']}/phases/")
    second = two["phases"][1]["id"]
    one = told(bo, "DELETE", f"/lectures/desk/phases/{second}/")
    assert (len(one["phases"]), one["version"]) == (1, two["version"] + 1)
    assert told(bo, "POST", f"/lectures/desk/phases/{phase['id']}/trial/")["attempt"]
    read, publish = {"version": one["version"]}, f"/lectures/desk/{draft['id']}/publish/"
    assert send(clients["cai"], "POST", publish, read).status_code == 404
    done = told(bo, "POST", publish, read)
    assert (done["state"], done["phases"][0]["promise"]["full_marks"]) == ("published", 150)
    assert told(bo, "POST", f"/lectures/desk/{draft['id']}/copy/")["state"] == "draft"
    assert told(bo, "GET", "/lectures/desk/?state=published&q=冬季")["total"] == 1


@pytest.fixture
def both_read(ours, clients):  # noqa: F811
    """A draft that two officers have before them: its address, what both read, the two of them."""
    one = told(clients["bo"], "GET", f"/lectures/desk/{ours.draft.pk}/")
    return f"/lectures/desk/{ours.draft.pk}/", one, clients["bo"], clients["fu"]


def meanwhile(answer):
    return (answer.status_code, answer.json()["code"]) == (409, "saved_meanwhile")


def test_the_second_officer_to_save_writes_over_nobody(both_read):
    address, read, bo, fu = both_read
    phase = read["phases"][0]
    saved = told(bo, "PUT", f"{address}draft/", {"version": read["version"], "title": "甲"})
    sentence = {**phase["draft"], "title": "乙"}
    late = {"version": read["version"], "title": "乙", "phases": {phase["id"]: sentence}}
    assert meanwhile(send(fu, "PUT", f"{address}draft/", late))
    assert told(fu, "GET", address) == saved
    kept = told(fu, "PUT", f"{address}draft/", {**late, "version": saved["version"]})
    assert (kept["title"], kept["phases"][0]["title"]) == ("乙", "乙")
    assert meanwhile(send(bo, "PUT", f"{address}draft/", {**late, "version": 10**30}))
    assert send(bo, "PUT", f"{address}draft/", {"title": "甲"}).status_code == 422


def test_what_she_leaves_out_is_not_hers_to_put_back(both_read, monkeypatch):
    """A colleague's title that is saved after this request read the draft, and before it has the lock."""
    address, read, bo, _fu = both_read
    sent = {"version": read["version"], "phases": {read["phases"][0]["id"]: {"places": "90"}}}

    def colleague_first(series, **said):
        Series.objects.filter(pk=series.pk).update(title="她的")
        return save_draft(series, **said)

    monkeypatch.setattr(lectures, "save_draft", colleague_first)
    saved = told(bo, "PUT", f"{address}draft/", sent)
    assert (saved["title"], saved["phases"][0]["draft"]["places"]) == ("她的", "90")


def test_a_phase_of_another_draft_is_not_found(both_read, worlds):  # noqa: F811
    address, read, bo, _fu = both_read
    for strange in (worlds[1].draft.phases.first().pk, 10**30):
        sent = {"version": read["version"], "title": "丙", "phases": {strange: {"title": "丙"}}}
        assert send(bo, "PUT", f"{address}draft/", sent).status_code == 404
    assert told(bo, "GET", address) == read


def test_she_publishes_what_she_has_read(both_read):
    address, read, bo, fu = both_read
    when = {"opens_at": "2027-01-01T09:00", "closes_at": "2027-01-02T09:00"}
    phase = read["phases"][0]["id"]
    sent = {"version": read["version"], "phases": {phase: when}}
    ready = told(bo, "PUT", f"{address}draft/", sent)
    assert ready["ready"]
    fewer = {"version": ready["version"], "phases": {phase: {"places": "3"}}}
    newest = told(fu, "PUT", f"{address}draft/", fewer)
    assert meanwhile(send(bo, "POST", f"{address}publish/", {"version": ready["version"]}))
    assert send(bo, "POST", f"{address}publish/").status_code == 422
    done = told(bo, "POST", f"{address}publish/", {"version": newest["version"]})
    assert done["phases"][0]["promise"]["prize"]["places"] == 3


def test_a_phase_while_it_runs(ours, clients, plant7, worlds):  # noqa: F811
    from tests.cast import a_member

    bo, phase = clients["bo"], f"/lectures/desk/phases/{ours.phase.pk}"
    late = a_member("谷小雪", plant7)
    assert told(bo, "GET", f"{phase}/live/")["given"] == 1
    assert [one["name"] for one in told(bo, "GET", f"{phase}/not-started/")["items"]] == ["谷小雪"]
    assert told(bo, "GET", f"{phase}/not-started/reminder/") == {"last": None}
    assert told(bo, "POST", f"{phase}/not-started/reminder/")["done_at"] is None
    assert send(bo, "POST", f"{phase}/not-started/reminder/").json()["code"] == "reminded_today"
    (found,) = told(bo, "GET", f"{phase}/paper/candidates/?q=谷小雪")
    assert late.phone not in found["phone"]
    foreign = {"member": worlds[1].member.pk, "score": 120}
    assert send(bo, "POST", f"{phase}/paper/", foreign).status_code == 404
    entered = told(bo, "POST", f"{phase}/paper/", {"member": found["id"], "score": 120})
    assert (entered["passed_as"], entered["place"]) == (2, 2)
    assert told(bo, "GET", f"{phase}/paper/")["total"] == 1
    more = {"places": 90, "because": "又有了十份"}
    assert told(bo, "PUT", f"{phase}/places/", more)["after"] == 90
    assert told(bo, "GET", f"{phase}/report/")["total"]["passed"] == 2
    assert told(bo, "GET", f"{phase}/participants/")["total"] == 2
    assert told(bo, "POST", f"{phase}/end/", {"because": "停电了"})["closed_because"] == "停电了"
    assert send(clients["cai"], "GET", f"{phase}/live/").status_code == 404


def test_shops_vouchers_and_redemptions(ours, clients, worlds):  # noqa: F811
    bo, desk = clients["bo"], "/welfare/desk"
    new = {"name": "东桥影城", "address": "东桥街 3 号", "union": ours.union.pk}
    shop = told(bo, "POST", f"{desk}/merchants/", new)
    foreign = {**new, "union": worlds[1].union.pk}
    assert send(bo, "POST", f"{desk}/merchants/", foreign).status_code == 422
    where = f"{desk}/merchants/{shop['id']}/"
    assert told(bo, "PUT", where, {**new, "phone": "010-00000003"})["phone"] == "010-00000003"
    clerk = {"phone": ours.member.user.phone, "till": "1 号"}
    made = told(bo, "POST", f"{where}clerks/", clerk)
    assert told(bo, "POST", f"{where}clerks/{made['id']}/dismissal/")["clerks"] == []
    assert told(bo, "GET", f"{desk}/redemptions/?state=live")["total"] == 1
    assert told(bo, "GET", f"{desk}/redemptions/?state=undone")["total"] == 0
    offers = told(bo, "GET", f"{desk}/offers/")["items"]
    assert sorted(one["used"] for one in offers) == [0, 1]  # the giveaway's, and what was won
    assert told(bo, "GET", f"{desk}/unusual/") == {"fast": [], "guessing": []}
    (found,) = told(bo, "GET", f"{desk}/members/?q=苏惊蛰")["items"]
    (voucher,) = told(bo, "GET", f"{desk}/members/{found['id']}/vouchers/")["items"]
    assert "number" not in voucher
    why = {"why": "phone_lost", "checked": "id_card"}
    shown = told(bo, "POST", f"{desk}/vouchers/{voucher['id']}/shown/", why)
    assert shown["number"] == Member.objects.get(pk=found["id"]).claims.get().number
    used = send(bo, "POST", f"{desk}/vouchers/{voucher['id']}/replacement/", why)
    assert (used.status_code, used.json()["code"]) == (409, "not_replaceable")
    assert (
        send(clients["cai"], "POST", f"{desk}/vouchers/{voucher['id']}/shown/", why).status_code
        == 404
    )
