import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests.cast import a_member, many_members
from unionhall.base.errors import Refused
from unionhall.base.ledger.queries import entries_of
from unionhall.domain.welfare import actions, rules
from unionhall.domain.welfare.models import Clerk, ExpiryReminder, Merchant, Redemption
from unionhall.domain.welfare.queries import vouchers_of
from unionhall.domain.welfare.rules import refusals
from unionhall.domain.welfare.tests.conftest import a_clerk, an_offer
from unionhall.kernel.allotment import actions as allotment
from unionhall.kernel.allotment.models import Claim
from unionhall.kernel.allotment.rules import in_groups, new_number
from unionhall.kernel.notify.models import Message
from unionhall.people.accounts.queries import live_consents

DAY = dt.timedelta(days=1)


def topics_of(member):
    return list(
        Message.objects.filter(member=member).order_by("pk").values_list("topic", flat=True)
    )


# == redeem ==
def test_a_voucher_is_redeemed_once_and_everybody_knows(voucher, till1, ann, bakery, district):
    redemption = actions.redeem_voucher(voucher.number, clerk=till1)
    voucher.refresh_from_db()
    assert (voucher.state, voucher.used_at, voucher.used_by) == ("used", redemption.at, till1.user)
    assert (redemption.merchant, redemption.clerk, redemption.undone_at) == (bakery, till1, None)
    entry = entries_of(redemption).get()
    assert (entry.action, entry.by_id, entry.union_id) == (
        "welfare.voucher_redeemed",
        till1.user_id,
        district.pk,
    )
    assert topics_of(ann)[-1] == "welfare/voucher_redeemed"


@pytest.mark.parametrize(
    "spoil",
    [
        str.lower,
        in_groups,
        lambda n: f" {n[:5]} {n[5:]}\n",
        lambda n: n.replace("0", "O").replace("1", "l"),
    ],
)
def test_a_number_is_read_however_it_is_typed(voucher, till1, spoil):
    assert actions.redeem_voucher(spoil(voucher.number), clerk=till1).claim_id == voucher.pk


def test_one_wrong_character_asks_no_table(voucher, till1, django_assert_num_queries):
    wrong = "7" if voucher.number[3] != "7" else "8"
    with django_assert_num_queries(0), pytest.raises(refusals.Miswritten):
        actions.redeem_voucher(voucher.number[:3] + wrong + voucher.number[4:], clerk=till1)


def test_the_second_till_hears_when_where_and_at_which_till(voucher, till1, till2):
    first = actions.redeem_voucher(voucher.number, clerk=till1)
    for clerk in (till2, till2):
        with pytest.raises(refusals.AlreadyUsed) as told:
            actions.redeem_voucher(voucher.number, clerk=clerk)
        assert told.value.redemption == first
        assert "云杉面包坊，柳溪路店" in told.value.why
        assert "1 号收银" in told.value.why
    assert Redemption.objects.count() == 1


def test_the_same_clerks_second_click_is_no_alarm(voucher, till1, ann):
    first = actions.redeem_voucher(voucher.number, clerk=till1)
    assert actions.redeem_voucher(voucher.number, clerk=till1) == first
    with pytest.raises(refusals.AlreadyUsed) as told:
        actions.check_voucher(voucher.number, clerk=till1)
    assert told.value.redemption == first
    assert topics_of(ann).count("welfare/voucher_redeemed") == 1


def test_after_a_minute_the_same_clerk_is_told_like_anybody(voucher, till1):
    redemption = actions.redeem_voucher(voucher.number, clerk=till1)
    earlier = redemption.at - 2 * rules.ECHO
    Redemption.objects.update(at=earlier)
    with pytest.raises(refusals.AlreadyUsed):
        actions.redeem_voucher(voucher.number, clerk=till1)


def test_another_shop_learns_where_to_send_the_customer_and_uses_nothing_up(voucher, usher, bakery):
    for ask in (actions.redeem_voucher, actions.check_voucher):
        with pytest.raises(refusals.AnotherShop) as told:
            ask(voucher.number, clerk=usher)
        assert bakery.address in told.value.why
    voucher.refresh_from_db()
    assert voucher.state == "held"


def test_a_lapsed_voucher_is_refused_swept_or_not(voucher, till1):
    Claim.objects.update(expires_at=timezone.now() - DAY)
    for sweep in (lambda: None, allotment.expire_due):
        sweep()
        for ask in (actions.redeem_voucher, actions.check_voucher):
            with pytest.raises(refusals.Lapsed):
                ask(voucher.number, clerk=till1)
    assert Redemption.objects.count() == 0


def test_a_voucher_given_back_is_refused(voucher, till1):
    allotment.release(voucher, by=None)
    with pytest.raises(refusals.Lapsed) as told:
        actions.redeem_voucher(voucher.number, clerk=till1)
    assert told.value.what == "这张券退回了。"


def test_a_claim_that_is_no_voucher_is_unknown_at_a_till(till1, ann):
    seat = allotment.claim(allotment.open_pool(label="书法班", capacity=3).pk, member=ann)
    with pytest.raises(refusals.UnknownNumber):
        actions.redeem_voucher(seat.number, clerk=till1)


def test_checking_uses_nothing_up(voucher, till1, cake):
    assert actions.check_voucher(voucher.number, clerk=till1) == (voucher, cake)
    voucher.refresh_from_db()
    assert voucher.state == "held"


def test_a_dismissed_clerk_redeems_nothing(voucher, till1, fu):
    actions.dismiss_clerk(till1, by=fu)
    with pytest.raises(refusals.Dismissed):
        actions.redeem_voucher(voucher.number, clerk=till1)


# == guessing ==
def test_a_guesser_is_stopped_and_a_hit_costs_nothing(voucher, till1, till2):
    actions.check_voucher(voucher.number, clerk=till1)
    till1.refresh_from_db()
    assert till1.unknown_numbers == 0
    for _nth in range(rules.UNKNOWN_NUMBERS_ALLOWED):
        with pytest.raises(refusals.UnknownNumber):
            actions.check_voucher(new_number(), clerk=till1)
    for number in (new_number(), voucher.number):
        with pytest.raises(refusals.TooManyUnknown):
            actions.redeem_voucher(number, clerk=till1)
    assert actions.check_voucher(voucher.number, clerk=till2)


def test_the_window_of_guesses_ends(voucher, till1):
    Clerk.objects.filter(pk=till1.pk).update(
        unknown_numbers=rules.UNKNOWN_NUMBERS_ALLOWED,
        counted_from=timezone.now() - rules.UNKNOWN_NUMBERS_WINDOW,
    )
    assert actions.check_voucher(voucher.number, clerk=till1)


# == undo ==
def test_a_manager_undoes_and_both_read_why(voucher, till1, till2, manager, ann):
    redemption = actions.redeem_voucher(voucher.number, clerk=till1)
    undone = actions.undo_redemption(redemption, by=manager.user, reason=" 顾客要换一天来 ")
    assert (undone.undone_by, undone.undo_reason) == (manager.user, "顾客要换一天来")
    assert topics_of(ann)[-1] == "welfare/redemption_undone"
    assert entries_of(redemption).first().action == "welfare.redemption_undone"
    again = actions.redeem_voucher(voucher.number, clerk=till2)
    assert again != redemption
    voucher.refresh_from_db()
    assert voucher.state == "used"


def test_undoing_needs_a_reason_happens_once_and_within_a_day(voucher, till1, manager):
    redemption = actions.redeem_voucher(voucher.number, clerk=till1)
    with pytest.raises(refusals.CannotUndo):
        actions.undo_redemption(redemption, by=manager.user, reason="  ")
    Redemption.objects.update(at=redemption.at - DAY)
    redemption.refresh_from_db()
    with pytest.raises(refusals.CannotUndo):
        actions.undo_redemption(redemption, by=manager.user, reason="弄错了")
    Redemption.objects.update(at=redemption.at + DAY)
    redemption.refresh_from_db()
    actions.undo_redemption(redemption, by=manager.user, reason="弄错了")
    with pytest.raises(refusals.CannotUndo):
        actions.undo_redemption(redemption, by=manager.user, reason="弄错了")


def test_the_table_itself_refuses_a_second_live_redemption(voucher, till1, till2, bakery):
    first = actions.redeem_voucher(voucher.number, clerk=till1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Redemption.objects.create(claim=voucher, merchant=bakery, clerk=till2, at=first.at)


# == a lost phone ==
def test_the_former_number_says_it_was_replaced(voucher, till1, bo, ann):
    former = voucher.number
    renewed = actions.replace_voucher(voucher, by=bo, why="phone_lost", checked="id_card")
    assert renewed.number != former
    with pytest.raises(refusals.ReplacedNumber):
        actions.redeem_voucher(former, clerk=till1)
    assert actions.redeem_voucher(renewed.number, clerk=till1).claim_id == voucher.pk
    assert "welfare/voucher_replaced" in topics_of(ann)
    detail = entries_of(voucher).get(action="welfare.voucher_replaced").detail
    assert detail == {"why": "phone_lost", "checked": "id_card"}


def test_a_used_voucher_is_not_replaced(voucher, till1, bo):
    actions.redeem_voucher(voucher.number, clerk=till1)
    voucher.refresh_from_db()
    with pytest.raises(Refused) as told:
        actions.replace_voucher(voucher, by=bo, why="phone_lost", checked="id_card")
    assert told.value.code == "not_replaceable"


def test_a_stale_copy_does_not_replace_a_used_voucher(voucher, till1, bo):
    actions.redeem_voucher(voucher.number, clerk=till1)
    with pytest.raises(Refused):
        actions.replace_voucher(voucher, by=bo, why="phone_lost", checked="id_card")


def test_showing_is_recorded(voucher, bo, district):
    actions.show_voucher(voucher, by=bo, why="no_smartphone", checked="known")
    entry = entries_of(voucher).first()
    assert (entry.action, entry.by_id, entry.union_id) == (
        "welfare.voucher_shown",
        bo.pk,
        district.pk,
    )
    assert entry.detail == {"why": "no_smartphone", "checked": "known"}


# == merchants and clerks ==
def test_a_union_has_one_merchant_of_a_name(bakery, district, fu, cinema):
    with pytest.raises(refusals.NameTaken):
        actions.register_merchant(by=fu, union=district, name=bakery.name, address="别处")
    with pytest.raises(refusals.NameTaken):
        actions.edit_merchant(cinema, by=fu, name=bakery.name, address=cinema.address)


def test_an_edit_is_noted_with_what_changed(bakery, fu):
    actions.edit_merchant(
        bakery, by=fu, name=bakery.name, address="柳溪路 14 号", phone=bakery.phone
    )
    assert Merchant.objects.get(pk=bakery.pk).address == "柳溪路 14 号"
    assert entries_of(bakery).first().detail == {"changed": "address"}


def test_a_clerk_may_be_entered_before_she_first_signs_in(bakery, fu):
    clerk = actions.appoint_clerk("19900009999", merchant=bakery, by=fu)
    assert clerk.user.phone == "19900009999"
    assert not live_consents(clerk.user).exists()
    assert [entry.by_id for entry in entries_of(clerk.user)] == [fu.pk]


def test_a_clerk_stands_at_one_shop(bakery, cinema, till1, fu):
    with pytest.raises(refusals.WorksElsewhere):
        actions.appoint_clerk(till1.user.phone, merchant=cinema, by=fu)
    again = actions.appoint_clerk(
        till1.user.phone, merchant=bakery, by=fu, till="3 号收银", is_manager=True
    )
    assert (again.pk, again.till, again.is_manager) == (till1.pk, "3 号收银", True)
    actions.dismiss_clerk(till1, by=fu)
    actions.dismiss_clerk(till1, by=fu)
    assert entries_of(till1).filter(action="welfare.clerk_dismissed").count() == 1
    assert actions.appoint_clerk(till1.user.phone, merchant=cinema, by=fu).merchant == cinema


def test_an_offer_says_what_the_claims_of_a_pool_are_worth(cake, district, fu):
    assert (cake.yuan, str(cake)) == ("80", "蛋糕券")
    entry = entries_of(cake).get()
    assert (entry.action, entry.by_id, entry.union_id) == (
        "welfare.offer_opened",
        fu.pk,
        district.pk,
    )


# == reminders ==
def test_owners_are_reminded_once_three_days_before(district, bakery, fu, ann, plant7):
    soon = an_offer(district, bakery, fu, valid_until=timezone.now() + 2 * DAY)
    later = an_offer(district, bakery, fu, title="水果券", valid_until=timezone.now() + 5 * DAY)
    for offer in (soon, later):
        allotment.claim(offer.pool_id, member=ann)
    assert actions.remind_of_expiry() == 1
    assert actions.remind_of_expiry() == 0
    assert topics_of(ann).count("welfare/voucher_expiring") == 1
    assert ExpiryReminder.objects.get().claim.pool_id == soon.pool_id


def test_nobody_is_reminded_of_what_is_used_or_over(district, bakery, fu, till1, plant7):
    offer = an_offer(district, bakery, fu, valid_until=timezone.now() + 2 * DAY)
    used, over = (
        allotment.claim(offer.pool_id, member=member) for member in many_members(2, plant7)
    )
    actions.redeem_voucher(used.number, clerk=till1)
    Claim.objects.filter(pk=over.pk).update(expires_at=timezone.now() - DAY)
    assert actions.remind_of_expiry() == 0


def test_reminding_asks_as_much_for_one_as_it_must(district, bakery, fu, plant7):
    offer = an_offer(district, bakery, fu, valid_until=timezone.now() + 2 * DAY)
    for member in many_members(3, plant7):
        allotment.claim(offer.pool_id, member=member)
    assert actions.remind_of_expiry(limit=2) == 2
    assert actions.remind_of_expiry(limit=2) == 1


# == how much it asks of the database ==
def test_redeeming_takes_a_bounded_number_of_statements(
    voucher, till1, django_assert_max_num_queries
):
    with django_assert_max_num_queries(24):
        actions.redeem_voucher(voucher.number, clerk=till1)


def test_a_member_may_hold_vouchers_of_several_offers(cake, film, ann, chen):
    for offer in (cake, film):
        allotment.claim(offer.pool_id, member=ann)
    assert [claim.pool.offer for claim in vouchers_of(ann)] == [film, cake]
    assert list(vouchers_of(chen)) == []


def test_two_shops_of_two_clerks_do_not_mix(cake, film, ann, till1, usher, bakery, fu, plant7):
    held = {
        offer: allotment.claim(offer.pool_id, member=a_member("向小寒", plant7))
        for offer in (cake, film)
    }
    actions.redeem_voucher(held[cake].number, clerk=till1)
    actions.redeem_voucher(held[film].number, clerk=usher)
    assert Redemption.objects.filter(merchant=bakery).count() == 1
    assert a_clerk(bakery, fu).merchant == bakery
