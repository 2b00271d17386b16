import datetime as dt
import io

import pytest
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from tests.cast import many_members
from unionhall.base.ledger.models import Entry
from unionhall.domain.welfare import actions, rules
from unionhall.domain.welfare.models import Redemption
from unionhall.domain.welfare.tests.conftest import a_clerk
from unionhall.domain.welfare.tests.test_queries import redeem_for
from unionhall.kernel.allotment.models import Claim
from unionhall.kernel.allotment.rules import in_groups, new_number

COUNTER, CHECK, REDEMPTIONS, TODAY, SETTLEMENT = (
    reverse(f"welfare_merchant:{name}")
    for name in ("redeem", "check", "redemptions", "today", "settlement")
)


@pytest.fixture
def at_till1(client, till1):
    client.force_login(till1.user)
    return client


@pytest.fixture
def at_the_managers(client, manager):
    client.force_login(manager.user)
    return client


def test_the_counter_offers_camera_photo_and_typing(at_till1):
    html = at_till1.get(COUNTER).text
    for part in (
        "data-scan-camera",
        "data-scan-photo",
        'name="number"',
        "welfare/scan.js",
        "今天 0 张",
        "1 号收银",
    ):
        assert part in html


def test_a_scan_shows_the_voucher_and_uses_nothing_up(at_till1, voucher):
    answer = at_till1.post(CHECK, {"number": in_groups(voucher.number).lower()})
    assert answer.status_code == 200
    for part in (
        "可以用",
        "蛋糕券 80 元",
        "苏*蛰",
        "证件最后一位",
        "东西已交，核销",
        voucher.number_in_groups,
    ):
        assert part in answer.text
    assert "苏惊蛰" not in answer.text
    voucher.refresh_from_db()
    assert voucher.state == "held"


def test_one_press_redeems_and_a_second_press_says_the_same(at_till1, voucher):
    first = at_till1.post(REDEMPTIONS, {"number": voucher.number})
    second = at_till1.post(REDEMPTIONS, {"number": voucher.number})
    redemption = Redemption.objects.get()
    assert first.url == second.url == reverse("welfare_merchant:redemption", args=[redemption.pk])
    html = at_till1.get(first.url).text
    assert "核销好了" in html
    assert "今天 1 张" in html
    assert "撤销" not in html


def test_scanning_what_one_has_just_redeemed_says_used(at_till1, voucher):
    at_till1.post(REDEMPTIONS, {"number": voucher.number})
    answer = at_till1.post(CHECK, {"number": voucher.number})
    assert answer.status_code == 409
    assert 'class="verdict warn"' in answer.text
    assert "请不要再给一份" in answer.text
    assert "1 号收银" in answer.text


def test_two_clerks_of_a_shop_see_the_same(client, voucher, till1, till2):
    actions.redeem_voucher(voucher.number, clerk=till1)
    Redemption.objects.update(at=timezone.now() - rules.ECHO)
    told = []
    for clerk in (till1, till2):
        client.force_login(clerk.user)
        for url in (CHECK, REDEMPTIONS):
            answer = client.post(url, {"number": voucher.number})
            assert answer.status_code == 409
            assert "这张用过了" in answer.text
            told.append(answer.text.partition('<dl class="facts">')[2].partition("</dl>")[0])
    assert len(set(told)) == 1
    assert "1 号收银" in told[0]


def test_another_shop_is_told_where_to_send_the_customer_and_not_who_it_is(client, voucher, usher):
    client.force_login(usher.user)
    answer = client.post(CHECK, {"number": voucher.number})
    assert answer.status_code == 409
    assert "不是本店的券" in answer.text
    assert "柳溪路 12 号" in answer.text
    assert "苏*蛰" not in answer.text


def test_an_expired_an_unknown_and_a_replaced_number(at_till1, voucher, bo):
    former = voucher.number
    renewed = actions.replace_voucher(voucher, by=bo, why="phone_lost", checked="id_card")
    assert "这个号作废了" in at_till1.post(CHECK, {"number": former}).text
    Claim.objects.update(expires_at=timezone.now() - dt.timedelta(days=1))
    assert "这张过期了" in at_till1.post(CHECK, {"number": renewed.number}).text
    assert "没有这张券" in at_till1.post(CHECK, {"number": new_number()}).text


def test_a_miswritten_number_stays_in_the_field(at_till1, voucher):
    wrong = voucher.number[:-1] + ("2" if voucher.number[-1] != "2" else "3")
    for url in (CHECK, REDEMPTIONS):
        answer = at_till1.post(url, {"number": wrong})
        assert answer.status_code == 422
        assert "抄错了一个字" in answer.text
        assert wrong in answer.text
    assert at_till1.post(CHECK, {"number": ""}).status_code == 422


def test_a_guesser_is_stopped_on_the_page(at_till1, voucher):
    for _nth in range(rules.UNKNOWN_NUMBERS_ALLOWED):
        at_till1.post(CHECK, {"number": new_number()})
    assert "先停一停" in at_till1.post(REDEMPTIONS, {"number": voucher.number}).text
    assert not Redemption.objects.exists()


def test_only_clerks_come_to_the_counter(client, voucher, till1, ann, bo, fu, eve):
    redemption = actions.redeem_voucher(voucher.number, clerk=till1)
    one = reverse("welfare_merchant:redemption", args=[redemption.pk])
    for user in (ann.user, bo, fu, eve):
        client.force_login(user)
        assert {client.get(url).status_code for url in (COUNTER, TODAY, one)} == {403}
        assert {
            client.post(url, {"number": voucher.number}).status_code for url in (CHECK, REDEMPTIONS)
        } == {403}
    client.logout()
    assert client.get(COUNTER).status_code == 302


def test_a_dismissal_holds_at_once(at_till1, till1, fu, voucher):
    assert at_till1.get(COUNTER).status_code == 200
    actions.dismiss_clerk(till1, by=fu)
    assert at_till1.get(COUNTER).status_code == 403
    assert at_till1.post(REDEMPTIONS, {"number": voucher.number}).status_code == 403


def test_a_shop_sees_its_own_redemptions_only(client, voucher, till1, usher):
    redemption = actions.redeem_voucher(voucher.number, clerk=till1)
    client.force_login(usher.user)
    assert (
        client.get(reverse("welfare_merchant:redemption", args=[redemption.pk])).status_code == 404
    )
    assert "这一天还没有核销" in client.get(TODAY).text


def test_the_day_with_its_total(at_till1, voucher, till1):
    redemption = actions.redeem_voucher(voucher.number, clerk=till1)
    html = at_till1.get(TODAY).text
    assert "1 张，80 元" in html
    assert reverse("welfare_merchant:redemption", args=[redemption.pk]) in html
    assert "结算单" not in html
    assert "这一天还没有核销" in at_till1.get(TODAY, {"day": "2020-01-01"}).text
    assert "1 张，80 元" in at_till1.get(TODAY, {"day": "nonsense"}).text


def test_the_day_asks_as_often_for_three_as_for_one(at_till1, cake, till1, plant7, asks_no_more):
    redeem_for(cake, many_members(1, plant7), till1)
    asks_no_more(TODAY, lambda: redeem_for(cake, many_members(2, plant7), till1))


# == the manager ==
def test_a_manager_undoes_with_a_reason(at_the_managers, voucher, till1):
    redemption = actions.redeem_voucher(voucher.number, clerk=till1)
    url = reverse("welfare_merchant:undo", args=[redemption.pk])
    assert "24 小时内能撤销" in at_the_managers.get(url).text
    assert at_the_managers.post(url, {"reason": ""}).status_code == 422
    answer = at_the_managers.post(url, {"reason": "顾客改天来"}, follow=True)
    assert "这次核销撤销了" in answer.text
    assert "顾客改天来" in answer.text
    assert "撤销了：顾客改天来" in at_the_managers.get(TODAY).text
    assert at_the_managers.post(url, {"reason": "再来"}).status_code == 409


def test_only_a_manager_of_the_shop_undoes(client, voucher, till1, cinema, fu):
    redemption = actions.redeem_voucher(voucher.number, clerk=till1)
    url = reverse("welfare_merchant:undo", args=[redemption.pk])
    other = a_clerk(cinema, fu, is_manager=True)
    for user, status in ((till1.user, 403), (other.user, 404), (fu, 403)):
        client.force_login(user)
        assert client.post(url, {"reason": "弄错了"}).status_code == status
    assert not Redemption.objects.exclude(undone_at=None).exists()


def test_the_settlement_is_a_workbook_and_noted(
    at_the_managers, voucher, till1, manager, plant7, cake
):
    actions.redeem_voucher(voucher.number, clerk=till1)
    (undone,) = redeem_for(cake, many_members(1, plant7), till1)
    actions.undo_redemption(undone, by=manager.user, reason="=1+1")
    today = timezone.localdate()
    answer = at_the_managers.post(SETTLEMENT, {"first": today, "last": today})
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    assert book.get_sheet_by_name("合计").to_python()[1:] == [["蛋糕券", 1, 80], ["合计", 1, 80]]
    details = book.get_sheet_by_name("明细").to_python()
    assert len(details) == 3
    assert {row[-1] for row in details[1:]} == {"", "=1+1"}
    assert all("苏惊蛰" not in row for row in details)
    newest = Entry.objects.filter(by_id=manager.user_id).latest("id")
    assert newest.action == "welfare.redemptions_exported"


def test_a_settlement_needs_a_period_and_a_manager(client, at_the_managers, till1):
    today = timezone.localdate()
    backwards = {"first": today, "last": today - dt.timedelta(days=1)}
    assert at_the_managers.post(SETTLEMENT, backwards).status_code == 422
    client.force_login(till1.user)
    assert client.post(SETTLEMENT, {"first": today, "last": today}).status_code == 403
