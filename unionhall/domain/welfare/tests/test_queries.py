import datetime as dt

import pytest
from django.utils import timezone

from tests.cast import many_members
from unionhall.domain.welfare import actions, queries
from unionhall.domain.welfare.models import Redemption
from unionhall.domain.welfare.tests.conftest import an_offer
from unionhall.kernel.allotment import actions as allotment
from unionhall.kernel.allotment.models import Claim
from unionhall.people.unions.queries import in_charge_of

DAY = dt.timedelta(days=1)
SECOND = dt.timedelta(seconds=1)


def redeem_for(offer, members, clerk):
    numbers = [allotment.claim(offer.pool_id, member=member).number for member in members]
    return [actions.redeem_voucher(number, clerk=clerk) for number in numbers]


def test_the_wallet_has_three_drawers(cake, film, district, bakery, fu, ann, till1):
    fruit = an_offer(district, bakery, fu, title="水果券", valid_until=timezone.now() + DAY)
    old = an_offer(district, bakery, fu, title="月饼券")
    claims = {
        offer: allotment.claim(offer.pool_id, member=ann) for offer in (cake, film, fruit, old)
    }
    actions.redeem_voucher(claims[cake].number, clerk=till1)
    Claim.objects.filter(pk=claims[old].pk).update(expires_at=timezone.now() - DAY)
    wallet = queries.wallet_of(ann)
    assert [claim.pool.offer for claim in wallet.usable] == [fruit, film]
    assert [claim.pool.offer for claim in wallet.used] == [cake]
    assert [claim.pool.offer for claim in wallet.expired] == [old]


def test_a_wallet_asks_as_often_for_three_vouchers_as_for_one(
    district, bakery, fu, ann, django_assert_num_queries
):
    for count in (1, 3):
        while len(queries.wallet_of(ann).usable) < count:
            allotment.claim(an_offer(district, bakery, fu).pool_id, member=ann)
        with django_assert_num_queries(3):
            wallet = queries.wallet_of(ann)
            assert [claim.pool.offer.merchant.name for claim in wallet.usable] == [
                bakery.name
            ] * count


def test_the_days_total_leaves_out_what_was_undone(
    cake, bakery, district, fu, till1, manager, plant7
):
    fruit = an_offer(district, bakery, fu, title="水果券", face_value=2550)
    redeem_for(cake, many_members(2, plant7), till1)
    first, *_rest = redeem_for(fruit, many_members(3, plant7), till1)
    actions.undo_redemption(first, by=manager.user, reason="弄错了")
    total = queries.days_total(bakery, timezone.localdate())
    assert [(line.title, line.count, line.yuan) for line in total.lines] == [
        ("蛋糕券", 2, "160"),
        ("水果券", 2, "51"),
    ]
    assert (total.count, total.yuan) == (4, "211")
    assert queries.days_total(bakery, timezone.localdate() - DAY).count == 0


def test_a_day_is_a_day_here(cake, bakery, till1, plant7):
    (redemption,) = redeem_for(cake, many_members(1, plant7), till1)
    just_before_midnight = dt.datetime(
        2026, 11, 22, 23, 59, 59, tzinfo=timezone.get_current_timezone()
    )
    Redemption.objects.update(at=just_before_midnight)
    assert queries.days_total(bakery, dt.date(2026, 11, 22)).count == 1
    assert queries.days_total(bakery, dt.date(2026, 11, 23)).count == 0
    assert queries.redemptions_at(bakery, dt.date(2026, 11, 22)).get() == redemption


@pytest.mark.parametrize("count", [1, 3])
def test_lists_of_redemptions_ask_once(
    cake, bakery, till1, plant7, fu, count, django_assert_num_queries
):
    redeem_for(cake, many_members(count, plant7), till1)
    with django_assert_num_queries(1):
        rows = list(queries.redemptions_at(bakery))
        assert {
            (str(row.clerk), row.masked_name[0], row.claim.pool.offer.title) for row in rows
        } == {("1 号收银", "人", "蛋糕券")}
    unions = in_charge_of(fu)
    with django_assert_num_queries(1):
        assert len([str(row.merchant) for row in queries.redemptions_for(unions)]) == count


def test_seven_in_a_minute_by_one_clerk_are_unusual(cake, till1, till2, plant7, fu):
    rows = redeem_for(cake, many_members(7, plant7), till1)
    (other,) = redeem_for(cake, many_members(1, plant7), till2)
    start = timezone.now() - DAY / 2
    for nth, row in enumerate(rows):
        Redemption.objects.filter(pk=row.pk).update(at=start + nth * 9 * SECOND)
    Redemption.objects.filter(pk=other.pk).update(at=start)
    unions = in_charge_of(fu)
    assert [(row, row.within_a_minute) for row in queries.unusually_fast(unions, since=start)] == [
        (rows[-1], 7)
    ]
    assert not queries.unusually_fast(unions, since=start + DAY).exists()
    Redemption.objects.filter(pk=rows[-1].pk).update(at=start + 61 * SECOND)
    assert not queries.unusually_fast(unions, since=start).exists()


def test_the_desk_sees_what_its_unions_pay_for(cake, till1, plant7, fu, bo, cai):
    redeem_for(cake, many_members(1, plant7), till1)
    seen = {
        user.name: queries.redemptions_for(in_charge_of(user)).count() for user in (fu, bo, cai)
    }
    assert seen == {"周白露": 1, "何立夏": 0, "蔡谷雨": 0}


def test_the_desk_narrows_its_list(cake, film, till1, usher, manager, plant7, fu, bakery):
    cakes = redeem_for(cake, many_members(2, plant7), till1)
    (movie,) = redeem_for(film, many_members(1, plant7), usher)
    undone = actions.undo_redemption(cakes[0], by=manager.user, reason="弄错了")
    rows = queries.redemptions_for(in_charge_of(fu))
    today = timezone.localdate()

    def narrowed(**wanted):
        return set(queries.filtered(rows, wanted))

    assert narrowed() == {*cakes, movie}
    assert narrowed(offer=film) == {movie}
    assert narrowed(merchant=bakery) == set(cakes)
    assert narrowed(state="undone") == {undone}
    assert narrowed(state="live") == {cakes[1], movie}
    assert narrowed(since=today, until=today) == {*cakes, movie}
    assert narrowed(until=today - DAY) == set()
    assert narrowed(number=movie.claim.number) == {movie}


def test_a_replaced_number_still_finds_its_redemptions(voucher, till1, bo, fu):
    former = voucher.number
    renewed = actions.replace_voucher(voucher, by=bo, why="phone_lost", checked="id_card")
    redemption = actions.redeem_voucher(renewed.number, clerk=till1)
    rows = queries.redemptions_for(in_charge_of(fu))
    assert queries.filtered(rows, {"number": former}).get() == redemption


def test_offers_of_a_page_are_counted_in_one_question_more(
    cake, film, till1, plant7, fu, django_assert_num_queries
):
    redeem_for(cake, many_members(2, plant7), till1)
    allotment.claim(film.pool_id, member=many_members(1, plant7)[0])
    unions = in_charge_of(fu)
    with django_assert_num_queries(2):
        counts = {
            offer.title: (offer.held, offer.used, offer.yuan_owed)
            for offer in queries.with_counts(queries.offers_for(unions))
        }
    assert counts == {"蛋糕券": (0, 2, "160"), "电影券": (1, 0, "0")}


def test_members_are_found_with_the_number_of_their_vouchers(voucher, film, ann, bo, cai):
    allotment.claim(film.pool_id, member=ann)
    found = queries.members_found("惊蛰", in_charge_of(bo)).get()
    assert (found, found.vouchers) == (ann, 2)
    assert queries.members_found(ann.phone[-4:], in_charge_of(bo)).get() == ann
    assert not queries.members_found("惊蛰", in_charge_of(cai)).exists()


def test_a_customer_is_shown_by_the_ends(ann):
    customer = queries.customer_of(ann)
    assert (customer.name, customer.phone_tail, customer.id_tail) == (
        "苏*蛰",
        ann.phone[-4:],
        ann.id_number[-1],
    )
