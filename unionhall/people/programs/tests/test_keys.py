"""Keys for programs: who issues them, what they open, and everything that ends them."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.api import schema
from tests.cast import a_login
from unionhall.base.errors import Refused
from unionhall.base.ledger.models import Entry
from unionhall.people.accounts.models import User
from unionhall.people.members import actions as members
from unionhall.people.members.models import Member, RollImport
from unionhall.people.members.tests.test_actions_rolls import a_person, a_roll, taken_in
from unionhall.people.members.tests.test_desk import at_the_desk
from unionhall.people.programs import actions as programs
from unionhall.people.programs.actions import BY_DEFAULT, KeyRefused, TooFast
from unionhall.people.programs.models import ProgramKey
from unionhall.people.programs.queries import ending_within, keys_in_charge, keys_with_state
from unionhall.people.programs.rules import MOST_A_MINUTE, digest_of
from unionhall.people.unions import actions as tree
from unionhall.people.unions.models import Office, Union
from unionhall.people.unions.queries import in_charge_of
from unionhall.site.second_factor import SHOWN_AT

ROLLS = "/api/v1/members/desk/rolls/"
CURL = re.compile(
    r""" +curl -H "\$A"(?: -H "\$J")?(?P<post> -X POST)?(?: -d '(?P<body>.*)')? "?\$R(?P<path>[^"]*)"?"""
)
pytestmark = pytest.mark.django_db


@pytest.fixture
def issued(plant7, bo):
    return programs.issue_key(plant7, name="人事系统", by=bo)


def a_program(secret, **settings):
    return Client(headers={"Authorization": f"Bearer {secret}"}, **settings)


def send(client, path, **body):
    return client.post(ROLLS + path, body, content_type="application/json")


def send_to(client, address, **body):
    return client.post(address, body, content_type="application/json")


def code_of(response):
    return response.status_code, response.json()["code"]


def to(name, *args):
    return reverse(f"programs_desk:{name}", args=args)


@pytest.fixture
def bos(client, bo):
    return at_the_desk(client, bo)


# == What a key is ==


def test_of_a_key_its_beginning_and_its_digest_are_kept(issued):
    key, secret = issued
    assert (len(secret), secret[:3]) == (46, "uh_")
    kept = ProgramKey.objects.filter(pk=key.pk).values().get()
    assert secret not in str(kept)
    assert (kept["prefix"], kept["digest"]) == (secret[:11], digest_of(secret))
    entry = Entry.objects.get(action="programs.key_issued")
    assert secret[3:11] not in json.dumps(entry.detail)


def test_it_is_good_for_a_year_by_default_and_for_two_at_most(plant7, bo, issued):
    today = timezone.localdate()
    assert issued.key.ends_on == today + dt.timedelta(days=364)
    assert programs.issue_key(plant7, name="x", by=bo, days=1).key.ends_on == today
    for days in (0, 731):
        with pytest.raises(ValueError, match=str(days)):
            programs.issue_key(plant7, name="x", by=bo, days=days)


def test_a_union_has_only_so_many_live_keys(plant7, harbour2, bo, fu):
    keys = [programs.issue_key(plant7, name="x", by=bo).key for _each in range(20)]
    with pytest.raises(Refused, match="20 把"):
        programs.issue_key(plant7, name="x", by=bo)
    programs.issue_key(harbour2, name="x", by=fu)
    programs.revoke_key(keys[0], by=bo)
    programs.issue_key(plant7, name="x", by=bo)


# == What it opens ==


def test_a_program_pushes_and_reads_with_its_key_alone(issued):
    hr = a_program(issued.secret, enforce_csrf_checks=True)
    opened = send(hr, "", name="名册").json()
    assert opened["union"] == issued.key.union_id
    assert opened["limits"]["rows"] == 199_999
    push = f"{opened['id']}/"
    assert send(hr, push + "pages/", number=1, rows=[a_person(1)]).json() == {
        "number": 1,
        "rows": 1,
    }
    assert send(hr, push + "finish/", pages=1).json()["state"] == "received"
    members.check_waiting_rolls()
    assert hr.get(ROLLS + push).json()["state"] == "checked"
    assert hr.get(ROLLS + push + "rows/").json()["items"][1]["verdict"] == "accepted"
    assert [one["id"] for one in hr.get(ROLLS).json()["items"]] == [opened["id"]]
    assert not hr.cookies


def test_it_is_not_told_what_the_union_knew_before(issued, plant7, bo):
    taken_in(a_roll(a_person(1, "苏惊蛰", 部门="装配")), plant7, bo)
    hr = a_program(issued.secret)
    push = f"{send(hr, '', name='名册').json()['id']}/"
    send(hr, push + "pages/", number=1, rows=[a_person(1, "周白露", 部门="研发")])
    send(hr, push + "finish/", pages=1)
    members.check_waiting_rolls()
    told = hr.get(ROLLS + push + "rows/")
    changes = told.json()["items"][1]["changes"]
    assert [(one["column"], one["was"], one["now"]) for one in changes] == [
        ("name", None, "周*露"),
        ("department", None, "研发"),
    ]
    assert "苏" not in told.text
    assert "装配" not in told.text


def test_it_never_confirms_unless_its_issuer_said_so(plant7, bo, issued):
    bold = programs.issue_key(plant7, name="自动", by=bo, scopes=[*BY_DEFAULT, "rolls:confirm"])
    answers = []
    for secret in (issued.secret, bold.secret):
        hr = a_program(secret)
        push = f"{send(hr, '', name='名册').json()['id']}/"
        send(hr, push + "pages/", number=1, rows=[a_person(1)])
        send(hr, push + "finish/", pages=1)
        members.check_waiting_rolls()
        answers.append(send(hr, push + "confirmation/").status_code)
    assert answers == [403, 200]
    members.take_in_confirmed_rolls()
    assert Member.objects.count() == 1
    entry = Entry.objects.get(action="members.roll_imported")
    assert (entry.by_id, entry.detail["key"]) == (bo.pk, bold.key.pk)


def test_it_reads_only_if_it_may_and_only_what_it_pushed(plant7, bo, issued):
    blind = programs.issue_key(plant7, name="x", by=bo, scopes=["rolls:write"])
    theirs = members.open_push(plant7, name="别的系统", by=bo, key=blind.key)
    hers = members.receive_roll(b"x", name="她的.csv", union=plant7, by=bo)
    hr = a_program(issued.secret)
    for roll in (theirs, hers):
        assert hr.get(f"{ROLLS}{roll.pk}/").status_code == 404
        assert send(hr, f"{roll.pk}/discard/").status_code == 404
    assert hr.get(ROLLS).json()["total"] == 0
    assert a_program(blind.secret).get(f"{ROLLS}{theirs.pk}/").status_code == 403
    assert send(a_program(blind.secret), f"{theirs.pk}/discard/").status_code == 204


def test_its_reach_is_its_union_and_all_below(district, plant7, harbour2, fu):
    shop = tree.found("一车间分会", parent=plant7, level=Union.Level.BRANCH)
    hr = a_program(programs.issue_key(plant7, name="人事系统", by=fu).secret)
    answers = {u: send(hr, "", union=u.pk).status_code for u in (plant7, shop, harbour2, district)}
    assert answers == {plant7: 200, shop: 200, harbour2: 404, district: 404}


def test_a_verb_says_which_scope_a_key_lacks(issued, ann):
    hr, expected = a_program(issued.secret), {"code": "scope_missing", "scope": "members:read"}
    answer = hr.get("/api/v1/members/desk/")
    assert answer.status_code == 403
    assert expected.items() <= answer.json().items()
    assert "members:read" in answer.json()["why"]
    answer = send(hr, "1/confirmation/")
    assert (answer.status_code, answer.json()["scope"]) == (403, "rolls:confirm")


@pytest.mark.parametrize("scope", ProgramKey.Scope)
def test_each_verb_opens_to_its_own_scope_alone(plant7, bo, scope):
    """The description says which, and the verb holds to it."""
    hr = a_program(programs.issue_key(plant7, name="x", by=bo, scopes=[scope]).secret)
    asked = 0
    for address, verbs in schema()["paths"].items():
        for method, verb in verbs.items():
            wanted = [one["ProgramKeyAuth"] for one in verb["security"] if "ProgramKeyAuth" in one]
            if not wanted:
                continue
            asked += 1
            path = address.replace("{field}", "phone")
            answer = hr.generic(method, re.sub(r"{\w+}", "0", path), "{}", "application/json")
            refused = answer.status_code == 403 and answer.json()["code"] == "scope_missing"
            assert refused == (wanted != [[scope]]), (method, address, answer.status_code)
    assert asked == 14


def test_a_key_reads_members_of_its_union_alone_though_its_issuer_runs_more(
    district, plant7, harbour2, ann, chen, fu
):
    """With numbers masked: one in clear is a person's to look at."""
    readers = programs.issue_key(plant7, name="档案", by=fu, scopes=["members:read"])
    reader, people = a_program(readers.secret), "/api/v1/members/desk/"
    listed = reader.get(people)
    assert [one["name"] for one in listed.json()["items"]] == [ann.name]
    assert ann.phone not in listed.text
    assert reader.get(f"{people}{ann.pk}/").json()["memberships"][0]["union_name"] == plant7.name
    assert reader.get(f"{people}{chen.pk}/").status_code == 404
    assert reader.get(f"{people}?union={district.pk}").status_code == 404
    assert reader.post(f"{people}{ann.pk}/phone/").status_code == 401
    assert send_to(reader, f"{people}{ann.pk}/standing/", why="retired").status_code == 403


def test_what_a_key_changes_is_its_issuers_deed_and_noted_as_the_keys(
    plant7, harbour2, ann, chen, fu
):
    issued = programs.issue_key(plant7, name="人事系统", by=fu, scopes=["members:write"])
    hr, people = a_program(issued.secret), "/api/v1/members/desk/"
    assert send_to(hr, f"{people}{chen.pk}/standing/", why="retired").status_code == 404
    assert send_to(hr, f"{people}{ann.pk}/move/", union=harbour2.pk).status_code == 404
    assert send_to(hr, f"{people}{ann.pk}/standing/", why="retired").status_code == 204
    assert ann.memberships.get(left_on=None).standing == "retained"
    assert Entry.objects.get(action="members.member_retired").by_id == fu.pk
    noted = Entry.objects.get(action="programs.key_acted")
    assert (noted.by_id, noted.subject_id) == (fu.pk, issued.key.pk)
    assert send_to(hr, f"{people}{ann.pk}/standing/", why="retired").status_code == 409
    assert Entry.objects.filter(action="programs.key_acted").count() == 1, (
        "what is refused is no deed"
    )


def test_no_other_verb_and_no_page_opens_to_it(issued, ann):
    hr = a_program(issued.secret)
    assert hr.get("/api/v1/me/").status_code == 401
    assert send(hr, "1/undo/", reason="x").status_code == 401
    assert hr.get(to("index")).status_code == 302


def test_a_key_in_the_address_or_the_body_opens_nothing(issued):
    stranger = Client()
    assert (
        stranger.get(f"{ROLLS}?key={issued.secret}&access_token={issued.secret}").status_code == 401
    )
    assert send(stranger, "", key=issued.secret).status_code in {401, 403}
    basic = Client(headers={"Authorization": f"Basic {issued.secret}"})
    assert basic.get(ROLLS).status_code == 401


def test_a_wrong_key_is_not_saved_by_a_session(bos, bo):
    """Whoever shows a key acts by it alone; and a session without its token stays out."""
    headers = {"Authorization": "Bearer uh_wrong"}
    assert bos.get(ROLLS).status_code == 200
    assert bos.get(ROLLS, headers=headers).status_code == 401
    strict = at_the_desk(Client(enforce_csrf_checks=True), bo)
    assert send(strict, "").status_code == 403


def test_a_key_beside_a_session_does_no_more_than_the_key(issued, bo, cai):
    both = at_the_desk(a_program(issued.secret), cai)
    assert send(both, "").json()["union"] == issued.key.union_id
    session = both.session
    session[SHOWN_AT] = 0
    session.save()
    assert both.get(ROLLS).status_code == 403  # a session at a desk wants its second factor


# == What ends it ==


def test_a_revoked_key_is_dead_at_once(issued, bo):
    hr = a_program(issued.secret)
    assert hr.get(ROLLS).status_code == 200
    programs.revoke_key(issued.key, by=bo)
    response = hr.get(ROLLS)
    assert code_of(response) == (401, "key_revoked")
    assert response["WWW-Authenticate"] == "Bearer"
    with pytest.raises(Refused, match="已经作废"):
        programs.revoke_key(issued.key, by=bo)
    assert Entry.objects.get(action="programs.key_revoked").by_id == bo.pk


def test_a_key_ends_when_its_day_is_over(issued):
    today = timezone.localdate()
    for ends_on, status in ((today, 200), (today - dt.timedelta(days=1), 401)):
        ProgramKey.objects.update(ends_on=ends_on)
        assert a_program(issued.secret).get(ROLLS).status_code == status
    assert code_of(a_program(issued.secret).get(ROLLS))[1] == "key_ended"


def leaves(issued, bo):
    tree.dismiss(Office.objects.get(user=bo), by=bo)


def is_stopped(issued, bo):
    User.objects.filter(pk=bo.pk).update(is_active=False)


def becomes_auditor(issued, bo):
    Office.objects.filter(user=bo).update(role=Office.Role.AUDITOR)


@pytest.mark.parametrize("happens", [leaves, is_stopped, becomes_auditor])
def test_a_key_ends_with_the_office_of_its_issuer(issued, bo, happens):
    assert programs.use_key(issued.secret) == issued.key
    happens(issued, bo)
    assert code_of(a_program(issued.secret).get(ROLLS)) == (401, "key_issuer_left")


def test_an_office_above_is_as_good_as_one_at_the_union(plant7, district, fu, bo):
    _key, secret = programs.issue_key(plant7, name="x", by=fu)
    assert programs.use_key(secret)
    leaves(None, bo)  # somebody else's
    assert programs.use_key(secret)
    Office.objects.filter(user=fu).update(union=plant7)
    assert programs.use_key(secret)
    leaves(None, fu)
    with pytest.raises(KeyRefused):
        programs.use_key(secret)


def test_an_office_elsewhere_is_none(issued, bo, harbour2):
    Office.objects.filter(user=bo).update(union=harbour2)
    with pytest.raises(KeyRefused, match="不再管"):
        programs.use_key(issued.secret)


@pytest.mark.parametrize("secret", ["", "uh_", "uh_" + "x" * 43, "x" * 100_000, "锁\ud842", "a b"])
def test_what_is_no_key_opens_nothing(issued, secret):
    with pytest.raises(KeyRefused):
        programs.use_key(secret)


def test_what_was_begun_with_a_key_stays_with_the_union(issued, bos, bo):
    hr = a_program(issued.secret)
    push = send(hr, "", name="名册").json()["id"]
    programs.revoke_key(issued.key, by=bo)
    assert send(hr, f"{push}/pages/", number=1, rows=[a_person(1)]).status_code == 401
    assert RollImport.objects.get(pk=push).state == "open"
    assert bos.get(f"{ROLLS}{push}/").status_code == 200


# == How often ==


def test_the_day_of_its_last_use_is_kept_and_written_once(issued, django_assert_num_queries):
    programs.use_key(issued.secret)
    assert ProgramKey.objects.get().last_used_on == timezone.localdate()
    with django_assert_num_queries(4):  # the key, the tally in its transaction; no update
        programs.use_key(issued.secret)


def stop_the_clock(monkeypatch):
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)


def test_a_program_that_runs_wild_is_slowed_down(issued, monkeypatch):
    monkeypatch.setattr(programs, "MOST_A_MINUTE", 2)
    stop_the_clock(monkeypatch)
    hr = a_program(issued.secret)
    assert [hr.get(ROLLS).status_code for _each in range(3)] == [200, 200, 429]
    response = hr.get(ROLLS)
    assert (code_of(response), response["Retry-After"]) == ((429, "too_fast"), "60")


@pytest.mark.django_db(transaction=True)
def test_many_requests_at_once_are_all_counted(plant7, bo, monkeypatch):
    _key, secret = programs.issue_key(plant7, name="x", by=bo)
    monkeypatch.setattr(programs, "MOST_A_MINUTE", 10)
    stop_the_clock(monkeypatch)

    def use(_each):
        try:
            return bool(programs.use_key(secret))
        except TooFast:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        told = Counter(pool.map(use, range(40)))
    assert told == {True: 10, False: 30}
    assert MOST_A_MINUTE == 300


# == At the desk ==


def test_a_key_is_shown_once(bos, plant7):
    assert "只管七号厂工会" in bos.get(to("new")).text
    response = bos.post(
        to("new"), {"name": "人事系统", "days": 30, "scopes": ["rolls:write", "rolls:read"]}
    )
    key = ProgramKey.objects.get()
    secret = response.context["secret"]
    assert secret in response.text
    assert programs.use_key(secret) == key
    assert (key.union, key.scopes) == (plant7, ["rolls:write", "rolls:read"])
    assert "no-store" in response["Cache-Control"]
    listed = bos.get(to("index")).text
    assert secret not in listed
    assert key.prefix in listed
    assert secret not in json.dumps(dict(bos.session.items()), default=str)


@pytest.mark.parametrize(
    "wrong",
    [
        *({"name": "\u200b"}, {"name": ""}, {"days": "0"}, {"days": "731"}, {"days": ""}),
        *({"scopes": []}, {"scopes": ["rolls:write", "everything"]}),
    ],
)
def test_a_form_that_is_not_right_issues_nothing(bos, wrong):
    said = {"name": "人事系统", "days": "30", "scopes": "rolls:write"}
    assert bos.post(to("new"), said | wrong).status_code == 422
    assert not ProgramKey.objects.exists()


def test_a_key_is_issued_for_a_union_that_she_runs(bos, plant7, harbour2):
    shop = tree.found("一车间分会", parent=plant7, level=Union.Level.BRANCH)
    said = {"name": "人事系统", "days": 30, "scopes": "rolls:write"}
    assert bos.post(f"{to('new')}?union={harbour2.pk}", said).status_code == 404
    assert bos.post(f"{to('new')}?union=x", said).status_code == 404
    bos.post(f"{to('new')}?union={shop.pk}", said)
    assert ProgramKey.objects.get().union == shop


def test_whoever_runs_the_union_revokes_and_nobody_else(client, issued, fu, cai):
    revoke = to("revocation", issued.key.pk)
    assert at_the_desk(client, cai).post(revoke).status_code == 404
    assert at_the_desk(client, a_login("无名氏")).post(revoke).status_code == 403
    assert at_the_desk(client, fu).post(revoke).status_code == 302
    assert "作废了" in client.get(to("index")).text
    assert client.post(revoke).status_code == 409


def test_before_a_key_is_revoked_its_officer_is_asked_once(bos, issued):
    programs.use_key(issued.secret)
    revoke = to("revocation", issued.key.pk)
    assert f'href="{revoke}"' in bos.get(to("index")).text
    asked = bos.get(revoke).text
    for said in ("推不了名册", "人事系统", issued.key.prefix, "七号厂工会", "不作废"):
        assert said in asked
    assert f"<dt>最近用过</dt><dd>{timezone.localdate():%Y-%m-%d}</dd>" in asked
    assert programs.use_key(issued.secret)  # to ask is not to do
    bos.post(revoke)
    assert "已经作废了" in bos.get(revoke).text
    assert "作废这把密钥" not in bos.get(revoke).text


def test_a_dead_key_stops_nothing_when_it_is_revoked(bos, issued):
    ProgramKey.objects.update(ends_on=dt.date(2026, 1, 1))
    asked = bos.get(to("revocation", issued.key.pk)).text
    assert "现在就打不开" in asked
    assert "推不了名册" not in asked


def test_a_new_key_comes_with_the_address_and_the_lines_to_type(bos, plant7):
    said = {"name": "人事系统", "days": 30, "scopes": ["rolls:write", "rolls:read"]}
    page = bos.post(to("new"), said, headers={"host": "testserver:8443"}, secure=True)
    secret, server = page.context["secret"], "https://testserver:8443"
    assert f"{server}{ROLLS}</code>" in page.text
    assert f"python3 push_roll.py --server {server} roster.csv" in page.text
    assert f"export UNIONHALL_KEY={secret}" in page.text
    assert f"<dt>工会编号</dt><dd>{plant7.pk}<br>" in page.text
    assert "不写编号" in page.text


def test_keys_are_found_by_name_beginning_and_state(bos, plant7, bo, issued):
    other = programs.issue_key(plant7, name="薪酬系统", by=bo).key
    programs.revoke_key(other, by=bo)

    def found(**asked):
        return {one.name for one in bos.get(to("index"), asked).context["page"]}

    assert found() == {"人事系统", "薪酬系统"}
    assert found(q="薪酬") == found(state="revoked") == found(q=other.prefix) == {"薪酬系统"}
    assert found(q=f"{other.prefix}…") == {"薪酬系统"}
    assert found(state="live") == {"人事系统"}
    assert "没有找到" in bos.get(to("index"), {"q": "没有"}).text
    assert bos.get(to("index"), {"q": "没有\0", "state": "x"}).status_code == 200


def test_an_empty_page_says_what_to_do(bos):
    assert "还没有发过密钥" in bos.get(to("index")).text


def test_many_keys_ask_no_more_than_one(bos, plant7, bo, issued, django_assert_max_num_queries):
    for number in range(9):
        programs.issue_key(plant7, name=f"系统{number}", by=bo)
    bos.get(to("index"))
    with django_assert_max_num_queries(14):
        assert bos.get(to("index")).text.count("uh_") >= 10


def test_each_state_is_told(issued, plant7, fu, bo):
    assert [key.state for key in keys_in_charge(fu)] == ["live"]
    leaves(issued, bo)
    assert [key.state for key in keys_in_charge(fu)] == ["issuer_left"]
    assert [key.state for key in keys_with_state(on=dt.date(2100, 1, 1))] == ["ended"]
    programs.revoke_key(issued.key, by=fu)
    assert [key.state for key in keys_in_charge(fu)] == ["revoked"]
    assert not keys_in_charge(bo).exists()


def test_the_list_leaves_as_a_file_without_secrets(bos, issued):
    said = {"purpose": "gifts", "format": "csv", "columns": ["name", "prefix", "may", "state"]}
    purposes = bos.get(reverse("desk:export_new", args=["programs.keys"]))
    said["purpose"] = purposes.context["form"].fields["purpose"].choices[1][0]
    file = bos.post(reverse("desk:export_new", args=["programs.keys"]), said)
    text = file.content.decode("utf-8-sig")
    assert f"人事系统,{issued.key.prefix},推送名册、读它自己推送的名册的检查结果,能用" in text
    assert issued.secret not in text


def test_a_secret_is_in_no_line_of_a_log(issued, caplog):
    hr = a_program(issued.secret)
    with caplog.at_level(0):
        hr.get(ROLLS)
        hr.get(f"{ROLLS}0/")
        send(a_program(issued.secret + "x"), "")
        Client(headers={"Authorization": issued.secret}).get(ROLLS)
    assert issued.secret not in caplog.text


@pytest.mark.parametrize("guide", ["push-a-roll.md", "push-a-roll.zh-CN.md"])
def test_the_lines_of_the_guide_do_what_they_say(guide, plant7, bo):
    """Each ``curl`` of the guide in its order, with the number of the answer as the guide says."""
    key = programs.issue_key(plant7, name="人事系统", by=bo, scopes=[*BY_DEFAULT, "rolls:confirm"])
    hr, number, answers = a_program(key.secret), "", []
    for line in (settings.ROOT / "docs/howto" / guide).read_text("utf-8").splitlines():
        asked = CURL.fullmatch(line)
        if asked:
            body, address = asked["body"], asked["path"].replace("$N", number)
            if "rows/?" in address or "confirmation" in address:
                members.check_waiting_rolls()
            data = json.loads(body) if body else None
            send_it = hr.post if body or asked["post"] else hr.get
            answer = send_it(ROLLS + address, data, content_type="application/json")
            answers.append(answer.status_code)
            number = number or str(answer.json().get("id", ""))
    assert answers == [200] * 7 + [409]  # what is being taken in is not given up
    assert RollImport.objects.get().state == "running"


def test_a_push_is_known_by_its_system(bos, issued):
    hr = a_program(issued.secret)
    push = f"{send(hr, '', name='2026 年名册').json()['id']}/"
    send(hr, push + "pages/", number=1, rows=[a_person(1)])
    send(hr, push + "finish/", pages=1)
    listed = bos.get(reverse("members_desk:import")).text
    assert "人事系统推送" in listed
    assert ".jsonl" not in listed
    to_file = reverse("desk:export_new", args=["members.rolls"])
    purpose = bos.get(to_file).context["form"].fields["purpose"].choices[1][0]
    said = {"purpose": purpose, "format": "csv", "columns": ["file", "by"]}
    assert "2026 年名册,人事系统" in bos.post(to_file, said).content.decode("utf-8-sig")


# == A key before its end ==


def test_a_key_is_changed_while_both_open(plant7, bo, issued):
    successor = programs.rotate_key(issued.key, by=bo)
    for secret in (issued.secret, successor.secret):
        assert programs.use_key(secret).name == issued.key.name
    issued.key.refresh_from_db()
    assert issued.key.ends_on == timezone.localdate() + dt.timedelta(days=7)
    assert successor.key.scopes == issued.key.scopes == ["rolls:write", "rolls:read"]


def test_a_key_that_opens_nothing_has_no_successor(plant7, bo, issued):
    programs.revoke_key(issued.key, by=bo)
    with pytest.raises(Refused) as no:
        programs.rotate_key(issued.key, by=bo)
    assert no.value.code == "key_not_live"


def test_who_runs_the_union_is_told_a_month_before_until_there_is_a_successor(plant7, bo):
    long, short = (programs.issue_key(plant7, name=f"系统{n}", by=bo, days=n) for n in (365, 20))
    assert list(ending_within(in_charge_of(bo))) == [short.key]
    programs.rotate_key(short.key, by=bo)
    assert not ending_within(in_charge_of(bo))
    assert long.key.pk


def test_its_successor_is_shown_once_at_the_desk(bos, issued):
    address = to("rotation", issued.key.pk)
    shown = bos.post(address).text
    assert "旧的那把还能用七天" in shown
    assert "uh_" in shown
    assert bos.get(address).status_code == 405
