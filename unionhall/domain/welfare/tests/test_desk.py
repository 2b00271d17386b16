import datetime as dt
import io

import pytest
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from tests.cast import a_login, many_members
from unionhall.base.ledger.models import Entry
from unionhall.base.ledger.queries import entries_of
from unionhall.domain.welfare import actions, rules
from unionhall.domain.welfare.models import Clerk, Merchant
from unionhall.domain.welfare.tests.conftest import an_offer, at_the_desk
from unionhall.domain.welfare.tests.test_queries import redeem_for
from unionhall.kernel.allotment import actions as allotment

CHECKED = {"why": "phone_lost", "checked": "id_card"}


def to(name, *args):
    return reverse(f"welfare_desk:{name}", args=args)


@pytest.fixture
def fus(client, fu):
    """The district's officer at her desk."""
    return at_the_desk(client, fu)


@pytest.fixture
def bos(client, bo):
    """Plant 7's officer at his desk."""
    return at_the_desk(client, bo)


def test_redemptions_are_listed_with_masked_names(fus, voucher, till1):
    actions.redeem_voucher(voucher.number, clerk=till1)
    html = fus.get(to("redemptions")).text
    for part in ("1 条核销记录", "苏*蛰", "蛋糕券 80 元", "1 号收银", voucher.number_in_groups):
        assert part in html
    assert "苏惊蛰" not in html


def test_an_empty_list_and_a_wrong_filter(fus, voucher):
    assert "没有核销记录" in fus.get(to("redemptions")).text
    wrong = fus.get(to("redemptions"), {"number": "123"})
    assert "抄错了一个字" in wrong.text


def test_an_undone_redemption_hides_the_number_that_lives_again(fus, voucher, till1, manager):
    redemption = actions.redeem_voucher(voucher.number, clerk=till1)
    actions.undo_redemption(redemption, by=manager.user, reason="顾客改天来")
    html = fus.get(to("redemptions")).text
    assert "顾客改天来" in html
    assert voucher.number_in_groups not in html


def test_the_other_unions_officer_sees_none_of_it(
    client, cai, voucher, till1, cake, bakery, district, fu, plant7
):
    actions.redeem_voucher(voucher.number, clerk=till1)
    at_the_desk(client, cai)
    assert "苏*蛰" not in client.get(to("redemptions")).text
    assert "苏*蛰" not in client.get(to("redemptions"), {"offer": cake.pk}).text
    assert "蛋糕券" not in client.get(to("offers")).text
    assert "云杉面包坊" not in client.get(to("merchants")).text
    for url in (
        to("merchant", bakery.pk),
        to("voucher", voucher.pk),
        to("member", voucher.member_id),
    ):
        assert client.get(url).status_code == 404
    assert "没找到这个人" in client.get(to("search"), {"q": "苏惊蛰"}).text
    for url, given in (
        (to("merchant", bakery.pk), {"name": "x", "address": "x"}),
        (to("clerks", bakery.pk), {"phone": till1.user.phone, "till": "x"}),
        (to("dismissal", bakery.pk, till1.pk), {}),
        (to("shown", voucher.pk), CHECKED),
        (to("replacement", voucher.pk), CHECKED),
    ):
        assert client.post(url, given).status_code == 404


def test_members_and_clerks_do_not_come_to_the_desk(client, ann, till1, voucher, bakery):
    pages = [to(name) for name in ("redemptions", "offers", "merchants", "new_merchant", "search")]
    pages += [to("merchant", bakery.pk), to("voucher", voucher.pk), to("member", ann.pk)]
    for user in (ann.user, till1.user):
        client.force_login(user)
        assert {client.get(page).status_code for page in pages} == {403}
        assert client.post(to("shown", voucher.pk), CHECKED).status_code == 403


def test_the_list_asks_as_often_for_three_as_for_one(fus, cake, till1, plant7, asks_no_more):
    redeem_for(cake, many_members(1, plant7), till1)
    asks_no_more(to("redemptions"), lambda: redeem_for(cake, many_members(2, plant7), till1))


def test_what_is_unusual_is_shown(fus, cake, till1, till2, plant7):
    assert "快得不寻常" not in fus.get(to("redemptions")).text
    redeem_for(cake, many_members(rules.UNUSUAL_PER_MINUTE + 1, plant7), till1)
    Clerk.objects.filter(pk=till2.pk).update(
        unknown_numbers=rules.UNKNOWN_NUMBERS_ALLOWED, counted_from=timezone.now()
    )
    html = fus.get(to("redemptions")).text
    assert "快得不寻常" in html
    assert "一直在试不存在的券号" in html


def test_the_list_goes_out_as_a_workbook_and_is_noted(fus, fu, voucher, film, till1, usher, chen):
    actions.redeem_voucher(voucher.number, clerk=till1)
    redeem_for(film, [chen], usher)
    url = reverse("desk:export_new", args=["welfare.redemptions"])
    said = {"purpose": "settlement", "format": "xlsx", "columns": ["at", "offer"]}
    answer = fus.post(f"{url}?offer={film.pk}", said)
    rows = (
        CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    )
    assert [row[1] for row in rows[1:]] == ["电影券"]
    entry = Entry.objects.get(by_id=fu.pk, action="exports.list_exported")
    assert (entry.detail["list"], entry.detail["rows"]) == ("welfare.redemptions", 1)
    assert fus.get(f"{url}?number=123").status_code == 404


def test_offers_with_their_counts(fus, cake, till1, plant7):
    redeem_for(cake, many_members(2, plant7), till1)
    html = fus.get(to("offers")).text
    assert "¥160" in html
    assert "燃气安全答题" in html


# == merchants ==
def test_a_merchant_is_registered_for_a_union_in_charge(bos, plant7, harbour2, district):
    given = {"name": "麦垄咖啡，北门店", "address": "北门街 1 号", "phone": ""}
    for union in (district, harbour2):
        assert bos.post(to("new_merchant"), given | {"union": union.pk}).status_code == 422
    answer = bos.post(to("new_merchant"), given | {"union": plant7.pk}, follow=True)
    assert "麦垄咖啡，北门店" in answer.text
    assert Merchant.objects.get().union == plant7
    again = bos.post(to("new_merchant"), given | {"union": plant7.pk})
    assert "已经有了" in again.text
    assert again.status_code == 422
    assert bos.get(to("new_merchant")).status_code == 200
    assert "麦垄咖啡，北门店" in bos.get(to("merchants")).text


def test_a_merchant_is_edited(fus, bakery):
    url = to("merchant", bakery.pk)
    assert "柳溪路 12 号" in fus.get(url).text
    answer = fus.post(
        url, {"name": bakery.name, "address": "柳溪路 14 号", "phone": ""}, follow=True
    )
    assert "柳溪路 14 号" in answer.text
    assert fus.post(url, {"name": "", "address": ""}).status_code == 422


def test_clerks_come_and_go(fus, bakery, dee):
    url = to("clerks", bakery.pk)
    answer = fus.post(
        url, {"phone": f" {dee.phone} ", "till": "1 号收银", "is_manager": "on"}, follow=True
    )
    clerk = Clerk.objects.get()
    assert "1 个店员能核销" in answer.text
    assert clerk.is_manager
    assert dee.phone not in answer.text
    assert fus.post(url, {"phone": "123", "till": "x"}).status_code == 422
    assert "还没有店员" in fus.post(to("dismissal", bakery.pk, clerk.pk), follow=True).text
    assert fus.post(to("dismissal", bakery.pk, clerk.pk)).status_code == 404


def test_a_clerk_of_another_shop_is_not_dismissed_by_this_shops_address(fus, bakery, usher):
    assert fus.post(to("dismissal", bakery.pk, usher.pk)).status_code == 404


def test_a_clerk_of_another_shop_is_not_entered_here(fus, bakery, usher):
    hers = {"phone": usher.user.phone, "till": "x"}
    assert fus.post(to("clerks", bakery.pk), hers).status_code == 409


# == a lost phone ==
def test_a_lost_phone_the_desk_finds_and_shows_after_checking(bos, bo, voucher, ann):
    assert "苏惊蛰" in bos.get(to("search"), {"q": "惊蛰"}).text
    assert to("member", ann.pk) in bos.post(to("search"), {"q": ann.phone[-4:]}, follow=True).text
    assert to("voucher", voucher.pk) in bos.get(to("member", ann.pk)).text
    closed = bos.get(to("voucher", voucher.pk)).text
    assert voucher.number_in_groups not in closed
    unchecked = bos.post(to("shown", voucher.pk), {"why": "phone_lost"})
    assert unchecked.status_code == 422
    assert voucher.number_in_groups not in unchecked.text
    shown = bos.post(to("shown", voucher.pk), CHECKED).text
    assert voucher.number_in_groups in shown
    assert '<svg class="qr"' in shown
    entry = entries_of(voucher).first()
    assert (entry.action, entry.by_id, entry.detail) == ("welfare.voucher_shown", bo.pk, CHECKED)


def test_a_lost_phone_the_desk_replaces_the_number(bos, voucher, till1):
    former = voucher.number
    assert bos.post(to("replacement", voucher.pk), {}).status_code == 422
    answer = bos.post(to("replacement", voucher.pk), CHECKED, follow=True)
    assert "换好了" in answer.text
    voucher.refresh_from_db()
    assert voucher.number != former
    assert voucher.number_in_groups not in answer.text


def test_a_used_voucher_is_neither_shown_nor_replaced(bos, voucher, till1):
    actions.redeem_voucher(voucher.number, clerk=till1)
    page = bos.get(to("voucher", voucher.pk)).text
    assert "1 号收银" in page
    assert to("shown", voucher.pk) not in page
    assert bos.post(to("replacement", voucher.pk), CHECKED).status_code == 409


def test_a_seat_is_no_voucher_at_the_desk(bos, ann):
    seat = allotment.claim(allotment.open_pool(label="书法班", capacity=3).pk, member=ann)
    assert bos.get(to("voucher", seat.pk)).status_code == 404


def test_a_members_vouchers_ask_as_often_for_three(
    bos, ann, voucher, district, bakery, fu, asks_no_more
):
    def two_more():
        for _nth in range(2):
            allotment.claim(an_offer(district, bakery, fu).pool_id, member=ann)

    asks_no_more(to("member", ann.pk), two_more)


def test_found_members_ask_as_often_for_three(bos, plant7, asks_no_more):
    many_members(1, plant7)
    asks_no_more(to("search") + "?q=人", lambda: many_members(2, plant7))


def test_merchants_and_offers_ask_as_often_for_three(fus, district, fu, bakery, cake, asks_no_more):
    def two_more():
        for nth in range(2):
            shop = actions.register_merchant(by=fu, union=district, name=f"店{nth}", address="某路")
            actions.appoint_clerk(a_login("田处暑").phone, merchant=shop, by=fu)
            an_offer(district, shop, fu)

    asks_no_more(to("merchants"), two_more)
    asks_no_more(to("offers"), lambda: an_offer(district, bakery, fu))


def test_clerks_of_a_shop_ask_as_often_for_three(fus, bakery, till1, fu, asks_no_more):
    def two_more():
        for _nth in range(2):
            actions.appoint_clerk(a_login("田处暑").phone, merchant=bakery, by=fu)

    asks_no_more(to("merchant", bakery.pk), two_more)


def test_since_and_until(fus, voucher, till1):
    actions.redeem_voucher(voucher.number, clerk=till1)
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    assert "没有核销记录" in fus.get(to("redemptions"), {"since": tomorrow}).text
    assert "1 条核销记录" in fus.get(to("redemptions"), {"until": tomorrow}).text
