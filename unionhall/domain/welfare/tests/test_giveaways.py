"""Giveaways through the member's pages: every state, every reader, the same answer again."""

import datetime as dt
from dataclasses import replace

import pytest
from django.db import connection
from django.test.client import ClientHandler
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.cast import a_login, a_member
from tests.slow import SLOW_S, slow_reading
from tests.world import a_giveaway
from unionhall.base.clock import Reading, now_in_database
from unionhall.base.ledger.queries import entries_of
from unionhall.domain.welfare import actions
from unionhall.domain.welfare.exports import GIVEAWAYS
from unionhall.domain.welfare.queries import forget, known
from unionhall.domain.welfare.tests.conftest import at_the_desk
from unionhall.kernel.allotment import actions as allotment
from unionhall.kernel.allotment.models import Claim, Pool
from unionhall.kernel.audience.rules import Audience
from unionhall.people.accounts import actions as accounts
from unionhall.site.short_way import FewerSteps, takes_it

JSON = {"Accept": "application/json"}
pytestmark = pytest.mark.django_db


def to(name, *args):
    return reverse(f"welfare:{name}", args=args)


@pytest.fixture
def film_tickets(plant7, bakery, bo):
    return a_giveaway(plant7, officer=bo, merchant=bakery)


@pytest.fixture
def anns(client, ann):
    client.force_login(ann.user)
    return client


def press(client, offer, *, key="", **said):
    headers = JSON | ({"Idempotency-Key": key} if key else {})
    return client.post(to("claim", offer.pk), said, headers=headers)


def in_days(days):
    return now_in_database() + dt.timedelta(days=days)


def test_she_claims_one_and_is_told_all_about_it(anns, film_tickets):
    told = press(anns, film_tickets).json()
    assert (told["stage"], told["place"], told["merchant"]) == ("yours", 1, "云杉面包坊，柳溪路店")
    page = anns.get(to("offer", film_tickets.pk)).text
    for part in ("你领到了", "第 1 份，共 10 份", told["number"], "柳溪路 12 号"):
        assert part in page
    assert "第 1 份" in anns.get(to("offers")).text


def test_pressed_again_it_is_the_same_voucher(anns, film_tickets):
    answers = [press(anns, film_tickets).json() for _time in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert Claim.objects.count() == 1


def test_without_javascript_she_is_led_back_to_the_truth(anns, film_tickets):
    page = anns.get(to("offer", film_tickets.pk))
    assert 'name="key"' in page.text
    answer = anns.post(to("claim", film_tickets.pk), {"key": "abc"}, follow=True)
    assert answer.redirect_chain == [(to("offer", film_tickets.pk), 302)]
    assert "你领到了" in answer.text


def test_the_same_key_gets_the_same_answer_marked_as_a_replay(anns, film_tickets):
    first, again = press(anns, film_tickets, key="k1"), press(anns, film_tickets, key="k1")
    assert first.content == again.content
    assert first.status_code == again.status_code == 200
    marks = [answer.headers.get("Idempotent-Replayed") for answer in (first, again)]
    assert marks == [None, "true"]


def test_a_replay_never_gives_a_second_one(anns, film_tickets, ann):
    first = press(anns, film_tickets, key="k1")
    allotment.release(Claim.objects.get(), by=None)
    assert press(anns, film_tickets, key="k1").content == first.content
    assert Claim.objects.count() == 1


def test_a_key_with_another_body_or_another_offer_is_refused(
    anns, film_tickets, plant7, bakery, bo
):
    other = a_giveaway(plant7, officer=bo, merchant=bakery, title="另一种")
    press(anns, film_tickets, key="k1")
    for answer in (press(anns, film_tickets, key="k1", colour="red"), press(anns, other, key="k1")):
        assert (answer.status_code, answer.json()["code"]) == (409, "key_reused")
    assert Claim.objects.count() == 1
    led_back = anns.post(to("claim", other.pk), {"key": "k1"}, follow=True)
    assert "刚才那一次没办成" in led_back.text


@pytest.mark.parametrize("key", ["x" * 65, "券", "a b"])
def test_a_key_that_is_none_is_refused(anns, film_tickets, key):
    answer = anns.post(to("claim", film_tickets.pk), {"key": key}, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (409, "key_miswritten")


def test_who_comes_too_late_learns_when_the_last_one_went(client, ann, plant7, bakery, bo):
    offer = a_giveaway(plant7, officer=bo, merchant=bakery, capacity=1)
    allotment.claim(offer.pool_id, member=a_member("先来", plant7))
    client.force_login(ann.user)
    answer = press(client, offer)
    assert (answer.status_code, answer.json()["code"]) == (409, "sold_out")
    assert "一共 1 份，最后一份在" in answer.json()["why"]
    assert answer.json()["age_ms"] <= 1000
    assert 30 <= int(answer["Retry-After"]) <= 90
    assert "发完了" in client.get(to("offer", offer.pk)).text
    assert "1 份都发完了" in client.get(to("offers")).text


def test_what_was_given_back_can_be_claimed(client, ann, plant7, bakery, bo):
    offer = a_giveaway(plant7, officer=bo, merchant=bakery, capacity=1)
    first = allotment.claim(offer.pool_id, member=a_member("先来", plant7))
    client.force_login(ann.user)
    assert press(client, offer).status_code == 409
    allotment.release(first, by=None)
    forget(offer.pk)
    assert press(client, offer).json()["place"] == 2


def test_before_it_opens_there_is_a_countdown_and_a_no(anns, plant7, bakery, bo):
    offer = a_giveaway(plant7, officer=bo, merchant=bakery, opens_at=in_days(1))
    page = anns.get(to("offer", offer.pk)).text
    assert "data-countdown=" in page
    assert "disabled" in page
    answer = press(anns, offer)
    assert (answer.json()["code"], answer.json()["stage"]) == ("not_open", "soon")
    told = anns.get(to("standing", offer.pk), headers=JSON)
    assert told.json()["stage"] == "soon"
    assert 0 < int(told["Retry-After"]) <= 40
    assert "还没开始" not in anns.get("/").text
    assert offer.title in anns.get("/").text


def test_closed_early_says_why(anns, film_tickets, bo):
    actions.close_giveaway(film_tickets, by=bo, because="店里停电了")
    assert press(anns, film_tickets).json()["code"] == "not_open"
    page = anns.get(to("offer", film_tickets.pk)).text
    assert "店里停电了" in page
    assert "已经截止了" in page
    assert "Retry-After" not in press(anns, film_tickets).headers
    actions_told = [entry.action for entry in entries_of(film_tickets)]
    assert "welfare.giveaway_closed" in actions_told


def test_whom_it_is_not_for_is_told_for_whom_it_is(anns, plant7, bakery, bo):
    for_men = Audience(under_union=plant7.pk, sexes=("m",))
    offer = a_giveaway(plant7, officer=bo, merchant=bakery, audience=for_men)
    answer = press(anns, offer).json()
    assert answer["code"] == "not_for_you"
    assert "男" in answer["why"]
    assert "这一份不是发给你的" in anns.get(to("offer", offer.pk)).text
    assert offer.title not in anns.get(to("offers")).text


def test_another_unions_giveaway_is_no_giveaway(client, chen, film_tickets, dee):
    for user in (chen.user, dee):
        client.force_login(user)
        assert client.get(to("offer", film_tickets.pk)).status_code == 404
        for answer in (
            press(client, film_tickets),
            client.get(to("standing", film_tickets.pk), headers=JSON),
        ):
            assert (answer.status_code, answer.json()) == (404, {"code": "not_found"})
        assert film_tickets.title not in client.get(to("offers")).text


def test_a_prize_is_not_for_claiming(anns, cake):
    assert press(anns, cake).status_code == 404
    assert anns.get(to("offer", cake.pk)).status_code == 404


def test_who_is_not_signed_in_is_sent_to_sign_in(client, film_tickets):
    assert press(client, film_tickets).status_code == 401
    assert client.post(to("claim", film_tickets.pk)).status_code == 302


@pytest.mark.parametrize("at_the_door", [False, True])
def test_rights_that_were_taken_away_are_gone_with_the_next_request(
    anns, ann, film_tickets, at_the_door
):
    if at_the_door:
        anns.get(to("offer", film_tickets.pk))
        assert "door" in anns.cookies
    standing = to("standing", film_tickets.pk)
    assert anns.get(standing, headers=JSON).status_code == 200
    accounts.sign_out_everywhere(ann.user)
    assert anns.get(standing, headers=JSON).status_code == 401


@pytest.mark.parametrize("at_the_door", [False, True])
def test_a_login_that_was_stopped_claims_nothing(anns, ann, film_tickets, at_the_door):
    if at_the_door:
        anns.get(to("offer", film_tickets.pk))
    type(ann.user).objects.filter(pk=ann.user.pk).update(is_active=False)
    assert press(anns, film_tickets).status_code == 401
    assert not Claim.objects.exists()


@pytest.mark.parametrize("how", ["sign-out", "moved"])
def test_who_left_claims_nothing(anns, ann, film_tickets, how, harbour2):
    anns.get(to("offer", film_tickets.pk))
    session, door = anns.cookies["sessionid"].value, anns.cookies["door"].value
    if how == "sign-out":
        anns.logout()
    else:
        ann.memberships.update(union=harbour2)
    anns.cookies["sessionid"], anns.cookies["door"] = session, door
    assert press(anns, film_tickets).status_code == {"sign-out": 401, "moved": 404}[how]


def test_a_door_cookie_of_another_session_opens_nothing(anns, film_tickets, ann, plant7, client):
    anns.get(to("offer", film_tickets.pk))
    hers = anns.cookies["door"].value
    other = a_member("谷小满", plant7, user=a_login("谷小满"))
    client.force_login(other.user)
    for door in (hers, hers[:-1] + "x", "x", ":::", ""):
        client.cookies["door"] = door
        press(client, film_tickets)
    assert list(Claim.objects.values_list("member", flat=True)) == [other.pk]


class ShortHandler(FewerSteps, ClientHandler):
    """The test client on the short way."""


@pytest.fixture
def on_the_short_way(anns):
    """Ann's browser as it is served: what wants JSON takes the short way."""
    whole, short = anns.handler, ShortHandler(enforce_csrf_checks=False)

    def handler(environ):
        return short(environ) if takes_it(environ) else whole(environ)

    anns.handler = handler
    return anns


def statements(deed):
    """Transactions begin and end by the connection itself, so BEGIN and COMMIT are not among them."""
    with CaptureQueriesContext(connection) as asked:
        deed()
    return [one["sql"] for one in asked if "SAVEPOINT" not in one["sql"]]


def known_here(client, offer):
    """Her page was drawn, and this process has just read the giveaway."""
    client.get(to("offer", offer.pk))
    client.get(to("standing", offer.pk), headers=JSON)


def test_a_claim_costs_six_statements(on_the_short_way, film_tickets):
    """Who calls; the key; the audience; the claim, its place, the ledger."""
    known_here(on_the_short_way, film_tickets)
    asked = statements(lambda: press(on_the_short_way, film_tickets, key="k1"))
    verbs = [sql.split()[0] for sql in asked]
    assert verbs == ["SELECT", "WITH", "SELECT", "INSERT", "WITH", "INSERT"]


def test_the_whole_way_costs_more(anns, film_tickets):
    """The same claim by the API: how much the short way spares."""
    anns.get(to("offer", film_tickets.pk))
    where = f"/api/v1/welfare/offers/{film_tickets.pk}/claim/"
    asked = statements(lambda: anns.post(where, headers={"Idempotency-Key": "k1"}))
    assert len(asked) == 11


def test_a_no_costs_two_statements_and_a_look_one(on_the_short_way, plant7, bakery, bo):
    client, offer = on_the_short_way, a_giveaway(plant7, officer=bo, merchant=bakery, capacity=1)
    allotment.claim(offer.pool_id, member=a_member("先来", plant7))
    known_here(client, offer)
    assert len(statements(lambda: press(client, offer))) == 2
    assert len(statements(lambda: client.get(to("standing", offer.pk), headers=JSON))) == 1
    del client.cookies["door"]
    assert len(statements(lambda: press(client, offer))) == 3


def test_both_ways_answer_alike(on_the_short_way, film_tickets):
    """Status, body and headers, but for what middleware of pages adds."""
    client = on_the_short_way
    press(client, film_tickets)
    short = press(client, film_tickets)
    client.handler = ClientHandler(enforce_csrf_checks=False)
    whole = press(client, film_tickets)
    assert (short.status_code, short.content) == (whole.status_code, whole.content)
    spared = {"Content-Language", "Vary", "Content-Length"}
    assert {n for n in whole.headers if n not in spared} <= set(short.headers)


def test_the_short_way_wants_the_csrf_token(on_the_short_way, film_tickets):
    client = on_the_short_way
    client.handler = ShortHandler(enforce_csrf_checks=True)
    answer = press(client, film_tickets)
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")


def test_the_list_asks_no_more_for_more_giveaways(
    anns, asks_no_more, film_tickets, plant7, bakery, bo
):
    def add_two():
        for title in ("一", "二"):
            a_giveaway(plant7, officer=bo, merchant=bakery, title=title)

    asks_no_more(to("offers"), add_two)


def test_the_desk_opens_counts_and_closes(client, bo, plant7, bakery, ann):
    bos = at_the_desk(client, bo)
    shop = actions.register_merchant(
        by=bo, union=plant7, name="七号厂小店", address="1 号", phone=""
    )
    typed = {
        "title": "电影券", "merchant": shop.pk, "face_value": "45.50", "capacity": "3", "terms": "",
        "opens_at": "2026-01-01T09:00", "closes_at": "2099-01-01T09:00", "union": plant7.pk,
        "under_union": plant7.pk, "valid_days": "30",
    }  # fmt: skip
    new = reverse("welfare_desk:new_giveaway")
    assert "现在有 1 人能领" in bos.post(new, typed | {"look": "1"}).text
    assert not plant7.voucher_offers.exists()
    page = bos.post(new, typed, follow=True)
    offer = plant7.voucher_offers.get()
    assert (offer.face_value, offer.claimed_by_members) == (4550, True)
    allotment.claim(offer.pool_id, member=ann)
    live = bos.get(reverse("welfare_desk:giveaway", args=[offer.pk])).text
    for part in ("发了 1 份，还有 2 份", "七号厂工会及下级工会的会员，现在 1 人", "第 1 份"):
        assert part in live
    assert ann.name not in live
    close = reverse("welfare_desk:giveaway_close", args=[offer.pk])
    assert bos.post(close).status_code == 422
    assert "结束了" in bos.post(close, {"because": "停电"}, follow=True).text
    assert bos.post(close, {"because": "停电"}).status_code == 409
    assert page.status_code == 200


def test_a_double_click_opens_one(client, bo, plant7):
    """Told apart by the form's own key; the control without keys opens two."""
    bos, new = at_the_desk(client, bo), reverse("welfare_desk:new_giveaway")
    shop = actions.register_merchant(
        by=bo, union=plant7, name="七号厂小店", address="1 号", phone=""
    )
    typed = {
        "title": "电影券", "merchant": shop.pk, "face_value": "45.50", "capacity": "3", "terms": "",
        "opens_at": "2026-01-01T09:00", "closes_at": "2099-01-01T09:00", "union": plant7.pk,
        "under_union": plant7.pk,
    }  # fmt: skip
    assert 'name="key"' in bos.get(new).text
    first, again = (bos.post(new, typed | {"key": "k1"}) for _time in range(2))
    assert first["Location"] == again["Location"]
    assert plant7.voucher_offers.count() == 1
    for other in ({"title": "别的券"}, {"capacity": "800"}, {"face_value": "9"}, {"terms": "别的"}):
        assert bos.post(new, typed | {"key": "k1"} | other).status_code == 409
    for _time in range(2):
        bos.post(new, typed | {"key": ""})
    assert plant7.voucher_offers.count() == 3


def test_what_a_sliced_giveaway_gave_is_told_at_once_and_places_are_not(
    client, plant7, bakery, bo, ann
):
    """The pool's own row is told now and then; the desk, its lists and its files count the slices."""
    offer = a_giveaway(plant7, officer=bo, merchant=bakery, capacity=2, any_order=True)
    for member in (ann, a_member("后来", plant7)):
        allotment.claim(offer.pool_id, member=member)
    assert not Pool.objects.get(pk=offer.pool_id).taken
    client.force_login(ann.user)
    assert client.get("/api/v1/welfare/offers/").json()["items"][0]["place"] is None
    assert client.get(f"/api/v1/welfare/offers/{offer.pk}/").json()["place"] is None
    bos = at_the_desk(client, bo)
    (line,) = bos.get("/api/v1/welfare/desk/giveaways/?stage=gone").json()["items"]
    assert (line["taken"], line["stage"]) == (2, "gone")
    found = GIVEAWAYS.find(bo, {}).rows
    assert [column.value(one) for one in found for column in GIVEAWAYS.columns][7] == 2


def test_at_the_opening_nobody_hears_that_it_is_over(plant7, bakery, bo, monkeypatch):
    """Stage and words are of one moment, though the clock goes on in between."""
    offer = a_giveaway(plant7, officer=bo, merchant=bakery, opens_at=in_days(1))
    found = known(offer.pk)
    moments = iter([found.offer.pool.opens_at + dt.timedelta(seconds=n) for n in (-1, 1, 2, 3)])
    monkeypatch.setattr(Reading, "now", property(lambda _reading: next(moments)))
    assert "还没开始" in str(found.refusal)


def test_memory_says_no_only_while_that_is_certain(plant7, bakery, bo):
    """The database's time was a minute on its way: whether it has opened meanwhile is for the row to say."""
    offer = a_giveaway(plant7, officer=bo, merchant=bakery, opens_at=in_days(1))
    found = known(offer.pk)
    before = replace(found.reading, told=offer.pool.opens_at - dt.timedelta(seconds=30))
    assert "还没开始" in str(replace(found, reading=before).refusal)
    slow = replace(before, within=dt.timedelta(minutes=1))
    assert replace(found, reading=slow).refusal is None


def test_a_slow_reading_opens_nothing_early(film_tickets):
    """What is told as now is the database's time, however long the giveaway took to be read."""
    with slow_reading("welfare_voucher_offer"):
        found = known(film_tickets.pk)
    assert found.reading.age > SLOW_S
    assert found.reading.now <= now_in_database()


def test_the_row_says_no_once_and_the_process_knows(
    on_the_short_way, plant7, bakery, bo, monkeypatch
):
    """Between two reads of a giveaway the last one goes: the first who hears it tells the others."""
    monkeypatch.setattr("unionhall.domain.welfare.queries.giveaways._lately.age_s", 60)
    client, offer = on_the_short_way, a_giveaway(plant7, officer=bo, merchant=bakery, capacity=1)
    known_here(client, offer)
    allotment.claim(offer.pool_id, member=a_member("先来", plant7))
    assert known(offer.pk).stage == "open"
    assert press(client, offer, key="k1").json()["code"] == "sold_out"
    assert known(offer.pk).stage == "gone"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("closes_at", "2025-01-01T09:00", "截止要在开始之后"),
        ("face_value", "0.001", ""),
        ("face_value", "0", "券要值点钱"),
        ("capacity", "0", ""),
        ("capacity", "99999999999", ""),
        ("merchant", "987654", ""),
        ("union", "987654", ""),
        ("under_union", "987654", ""),
        ("opens_at", "\x00", ""),
    ],
)
def test_a_wrong_giveaway_is_not_opened(client, bo, plant7, field, value, said):
    bos = at_the_desk(client, bo)
    shop = actions.register_merchant(
        by=bo, union=plant7, name="七号厂小店", address="1 号", phone=""
    )
    typed = {
        "title": "电影券", "merchant": shop.pk, "face_value": "45", "capacity": "3",
        "opens_at": "2026-01-01T09:00", "closes_at": "2099-01-01T09:00", "union": plant7.pk,
        "under_union": plant7.pk, field: value,
    }  # fmt: skip
    answer = bos.post(reverse("welfare_desk:new_giveaway"), typed)
    assert answer.status_code == 422
    assert said in answer.text
    assert not plant7.voucher_offers.exists()


def test_the_desks_list_is_found_by_word_and_stage(client, fu, plant7, bakery, bo, film_tickets):
    a_giveaway(plant7, officer=bo, merchant=bakery, title="早场券", opens_at=in_days(1))
    fus, where = at_the_desk(client, fu), reverse("welfare_desk:giveaways")
    shown = {
        wanted: [
            title for title in ("电影券", "早场券") if title in fus.get(f"{where}?{wanted}").text
        ]
        for wanted in (
            "",
            "stage=open",
            "stage=soon",
            "stage=gone",
            "stage=closed",
            "q=早场",
            "q=没有的",
            "stage=x",
        )
    }
    assert shown == {
        "": ["电影券", "早场券"], "stage=open": ["电影券"], "stage=soon": ["早场券"], "stage=gone": [],
        "stage=closed": [], "q=早场": ["早场券"], "q=没有的": [], "stage=x": ["电影券", "早场券"],
    }  # fmt: skip


def test_the_other_unions_officer_sees_no_giveaway(client, cai, film_tickets):
    cais = at_the_desk(client, cai)
    assert film_tickets.title not in cais.get(reverse("welfare_desk:giveaways")).text
    for route in ("giveaway", "giveaway_close"):
        assert cais.get(reverse(f"welfare_desk:{route}", args=[film_tickets.pk])).status_code == 404


def test_the_api_says_the_same(anns, film_tickets):
    lines = anns.get("/api/v1/welfare/offers/").json()["items"]
    assert [(line["title"], line["stage"]) for line in lines] == [("电影券", "open")]
    where = f"/api/v1/welfare/offers/{film_tickets.pk}/"
    assert anns.get(where).json()["state"] == "open"
    first = anns.post(f"{where}claim/", headers={"Idempotency-Key": "k"})
    again = anns.post(f"{where}claim/", headers={"Idempotency-Key": "k"})
    assert first.json() == again.json()
    assert again["Idempotent-Replayed"] == "true"
    assert anns.get(where).json()["place"] == 1
