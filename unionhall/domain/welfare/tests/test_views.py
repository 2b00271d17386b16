import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.cast import a_login
from unionhall.domain.welfare import actions
from unionhall.domain.welfare.tests.conftest import an_offer
from unionhall.kernel.allotment import actions as allotment
from unionhall.kernel.allotment.models import Claim

WALLET = reverse("welfare:vouchers")


@pytest.fixture
def anns(client, ann):
    client.force_login(ann.user)
    return client


def page_of(claim):
    return reverse("welfare:voucher", args=[claim.pk])


def test_the_wallet_shows_what_can_be_used_and_never_a_number(anns, voucher):
    html = anns.get(WALLET).text
    assert "有 1 张券能用" in html
    assert "云杉面包坊，柳溪路店" in html
    assert voucher.number_in_groups not in html
    assert "不可转让" in html


def test_an_empty_wallet_says_what_brings_the_first(anns):
    assert "看完讲座答对题，就会有第一张" in anns.get(WALLET).text
    assert "还没用过券" in anns.get(WALLET, {"show": "used"}).text
    assert "到期前 3 天会提醒你一次" in anns.get(WALLET, {"show": "expired"}).text


def test_the_drawers_of_the_wallet(anns, voucher, till1):
    actions.redeem_voucher(voucher.number, clerk=till1)
    assert "现在没有能用的券" in anns.get(WALLET).text
    assert page_of(voucher) in anns.get(WALLET, {"show": "used"}).text
    Claim.objects.update(
        state="expired",
        used_at=None,
        used_by=None,
        expires_at=timezone.now() - dt.timedelta(days=1),
    )
    assert page_of(voucher) in anns.get(WALLET, {"show": "expired"}).text


def test_a_login_that_is_no_member_is_told_why_it_has_no_vouchers(client, db):
    client.force_login(a_login("田处暑"))
    assert "还没有和会员名册对上" in client.get(WALLET).text


def test_a_voucher_bears_name_number_code_terms_shop_and_origin(anns, voucher):
    html = anns.get(page_of(voucher)).text
    for part in (
        "苏惊蛰本人",
        "不可转让",
        voucher.number_in_groups,
        '<svg class="qr"',
        "店里任意蛋糕",
        "柳溪路 12 号",
        "tel:010-00000012",
        "燃气安全答题",
        "第 1 名",
    ):
        assert part in html
    assert "style=" not in html


def test_what_ends_at_midnight_is_good_to_the_end_of_the_day_before(anns, voucher):
    midnight = dt.datetime(2126, 12, 23, tzinfo=timezone.get_current_timezone())
    Claim.objects.update(expires_at=midnight)
    for page in (WALLET, page_of(voucher)):
        assert "12 月 22 日（含当天） 前可用" in anns.get(page).text


def test_only_the_owner_sees_a_voucher(client, voucher, chen, bo, till1):
    for user in (chen.user, bo, till1.user):
        client.force_login(user)
        assert client.get(page_of(voucher)).status_code == 404
    client.logout()
    assert client.get(page_of(voucher)).status_code == 302
    client.force_login(chen.user)
    assert client.get(reverse("welfare:voucher", args=[voucher.pk + 999])).status_code == 404


def test_a_used_voucher_shows_where_it_was_used_and_no_code(anns, voucher, till1):
    actions.redeem_voucher(voucher.number, clerk=till1)
    html = anns.get(page_of(voucher)).text
    assert "在云杉面包坊，柳溪路店用的，1 号收银" in html
    assert '<svg class="qr"' not in html


def test_an_undone_redemption_is_explained_to_the_owner(anns, voucher, till1, manager):
    redemption = actions.redeem_voucher(voucher.number, clerk=till1)
    actions.undo_redemption(redemption, by=manager.user, reason="扫错了<b>券</b>")
    html = anns.get(page_of(voucher)).text
    assert "店里写的原因：扫错了&lt;b&gt;券" in html
    assert '<svg class="qr"' in html


def test_an_expired_voucher_says_when_and_one_given_back_says_so(anns, voucher):
    Claim.objects.update(expires_at=timezone.now() - dt.timedelta(minutes=1))
    assert "过期了" in anns.get(page_of(voucher)).text
    Claim.objects.update(state="released")
    assert "这张券退回了" in anns.get(page_of(voucher)).text


def test_pages_in_english(anns, voucher):
    anns.cookies["language"] = "en"
    assert anns.get(WALLET).status_code == 200


def test_a_wallet_page_asks_as_often_for_three(
    anns, voucher, district, bakery, fu, ann, asks_no_more
):
    def two_more():
        for _nth in range(2):
            allotment.claim(an_offer(district, bakery, fu).pool_id, member=ann)

    asks_no_more(WALLET, two_more)
