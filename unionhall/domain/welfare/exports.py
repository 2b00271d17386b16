"""Lists of vouchers that may leave the house: names are masked, of a number only the end."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import QuerySet
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from unionhall.base.exports.lists import Filters, Found, ListColumn, ListToExport
from unionhall.base.exports.narrowing import told
from unionhall.domain.welfare.forms import GiveawayFilter, RedemptionFilter
from unionhall.domain.welfare.models import Merchant, VoucherOffer
from unionhall.domain.welfare.queries import (
    clerks_at,
    clerks_within,
    filtered,
    giveaways_given_by,
    merchant_for,
    merchants_for,
    offers_for,
    redemptions_for,
    with_counts,
)
from unionhall.kernel.allotment.queries import claims_on
from unionhall.people.accounts.models import User
from unionhall.people.members.rules import masked_name
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.queries import chosen_union, in_charge_of

TAIL = 4
CENTS = 100


def _redemptions(user: User, filters: Filters) -> Found[Any]:
    top, unions = chosen_union(user, ""), in_charge_of(user)
    form = RedemptionFilter(filters, offers=offers_for(unions), merchants=merchants_for(unions))
    if not form.is_valid():
        raise ObjectDoesNotExist
    rows = filtered(redemptions_for(unions), form.cleaned_data)
    return Found(rows, top, top.pk, top.name, narrowed=told(form))


REDEMPTIONS = ListToExport(
    name="welfare.redemptions",
    title=_("核销记录"),
    columns=[
        ListColumn("at", _("核销时间"), lambda one: one.at, "datetime", 18),
        ListColumn("merchant", _("店"), lambda one: one.merchant.name, width=24),
        ListColumn("till", _("收银台"), lambda one: str(one.clerk), width=12),
        ListColumn("offer", _("券"), lambda one: one.claim.pool.offer.title, width=20),
        ListColumn(
            "yuan",
            _("面值（元）"),
            lambda one: one.claim.pool.offer.face_value / CENTS,
            "number",
        ),
        ListColumn("number", _("券号"), lambda one: one.number_shown, width=22),
        ListColumn("member", _("会员"), lambda one: one.masked_name, width=10),
        ListColumn("undone_at", _("撤销时间"), lambda one: one.undone_at, "datetime", 18),
        ListColumn("undo_reason", _("撤销原因"), lambda one: one.undo_reason, width=30),
    ],
    find=_redemptions,
    may=runs_unions,
)


def _offers(user: User, _filters: Filters) -> Found[Any]:
    top = chosen_union(user, "")
    return Found(offers_for(in_charge_of(user)), top, top.pk, top.name, read=with_counts)


OFFERS = ListToExport(
    name="welfare.offers",
    title=_("券种"),
    columns=[
        ListColumn("title", _("券"), lambda one: one.title, width=24),
        ListColumn("yuan", _("面值（元）"), lambda one: one.face_value / CENTS, "number"),
        ListColumn("merchant", _("在哪家店用"), lambda one: one.merchant.name, width=24),
        ListColumn("pool", _("从哪来"), lambda one: one.pool.label, width=30),
        ListColumn("union", _("谁出的钱"), lambda one: one.union.name, width=30),
        ListColumn("capacity", _("名额"), lambda one: one.pool.capacity, "integer", 8),
        ListColumn("held", _("还没用"), lambda one: one.held, "integer", 8),
        ListColumn("used", _("用了"), lambda one: one.used, "integer", 8),
        ListColumn("lapsed", _("过期"), lambda one: one.lapsed, "integer", 8),
        ListColumn(
            "owed",
            _("要结的钱（元）"),
            lambda one: one.face_value * one.used / CENTS,
            "number",
        ),
    ],
    find=_offers,
    may=runs_unions,
)


def _vouchers(user: User, filters: Filters) -> Found[Any]:
    offers, asked = VoucherOffer.objects.within(in_charge_of(user)), filters.get("offer", "")
    top = chosen_union(user, "")
    if not asked:
        return Found(_claims(offers), top, top.pk, top.name)
    if not asked.isdecimal():
        raise VoucherOffer.DoesNotExist
    one = offers.get(pk=asked)
    return Found(_claims(offers.filter(pk=one.pk)), one, one.union_id, one.title)


def _claims(offers: QuerySet[VoucherOffer]) -> QuerySet[Any]:
    return claims_on(offers.values("pool")).select_related("pool__offer")


VOUCHERS = ListToExport(
    name="welfare.vouchers",
    title=_("每一张券"),
    columns=[
        ListColumn("offer", _("券"), lambda one: one.pool.offer.title, width=24),
        ListColumn(
            "yuan", _("面值（元）"), lambda one: one.pool.offer.face_value / CENTS, "number"
        ),
        ListColumn("place", _("名次"), lambda one: one.rank, "integer", 8),
        ListColumn("member", _("会员"), lambda one: masked_name(one.member.name), width=10),
        ListColumn("number", _("券号末 4 位"), lambda one: f"…{one.number[-TAIL:]}", width=12),
        ListColumn("state", _("状态"), lambda one: one.get_state_display(), width=10),
        ListColumn("claimed_at", _("什么时候得的"), lambda one: one.claimed_at, "datetime", 18),
        ListColumn("expires_at", _("到期"), lambda one: one.expires_at, "datetime", 18),
        ListColumn("used_at", _("什么时候用的"), lambda one: one.used_at, "datetime", 18),
    ],
    find=_vouchers,
    may=runs_unions,
)


def _merchants(user: User, _filters: Filters) -> Found[Any]:
    top = chosen_union(user, "")
    return Found(merchants_for(in_charge_of(user)), top, top.pk, top.name)


MERCHANTS = ListToExport(
    name="welfare.merchants",
    title=_("商户"),
    columns=[
        ListColumn("name", _("店名"), lambda one: one.name, width=30),
        ListColumn("address", _("地址"), lambda one: one.address, width=40),
        ListColumn("phone", _("店里的电话"), lambda one: one.phone),
        ListColumn("union", _("哪个工会签的"), lambda one: one.union.name, width=30),
        ListColumn("staff", _("店员"), lambda one: one.staff, "integer", 8),
    ],
    find=_merchants,
    may=runs_unions,
)


def _clerks(user: User, filters: Filters) -> Found[Any]:
    """Of one shop, or of all, those of today."""
    unions, asked = in_charge_of(user), filters.get("merchant", "")
    if not asked:
        top = chosen_union(user, "")
        return Found(clerks_within(unions), top, top.pk, top.name)
    shop = merchant_for(unions, int(asked)) if asked.isdecimal() else None
    if shop is None:
        raise Merchant.DoesNotExist
    return Found(clerks_at(shop).select_related("merchant"), shop, shop.union_id, shop.name)


CLERKS: ListToExport[Any] = ListToExport(
    name="welfare.clerks",
    title=_("店员"),
    columns=[
        ListColumn("merchant", _("店名"), lambda one: one.merchant.name, width=30),
        ListColumn("till", _("收银台"), str, width=12),
        ListColumn("name", _("姓名"), lambda one: one.user.name),
        ListColumn("phone", _("手机"), lambda one: one.masked_phone),
        ListColumn(
            "is_manager", _("店长"), lambda one: now_("是") if one.is_manager else "", width=8
        ),
        ListColumn("appointed_at", _("登记时间"), lambda one: one.appointed_at, "datetime", 18),
    ],
    find=_clerks,
    may=runs_unions,
)


def _giveaways(user: User, filters: Filters) -> Found[Any]:
    top, form = chosen_union(user, ""), GiveawayFilter(filters)
    rows = giveaways_given_by(in_charge_of(user), form.cleaned_data if form.is_valid() else {})
    return Found(rows, top, top.pk, top.name, narrowed=told(form))


GIVEAWAYS = ListToExport(
    name="welfare.giveaways",
    title=_("领券"),
    columns=[
        ListColumn("title", _("券"), lambda one: one.title, width=24),
        ListColumn("yuan", _("面值（元）"), lambda one: one.face_value / CENTS, "number"),
        ListColumn("merchant", _("在哪家店用"), lambda one: one.merchant.name, width=24),
        ListColumn("union", _("谁出的钱"), lambda one: one.union.name, width=30),
        ListColumn("opens_at", _("开始"), lambda one: one.pool.opens_at, "datetime", 18),
        ListColumn("closes_at", _("截止"), lambda one: one.pool.closes_at, "datetime", 18),
        ListColumn("capacity", _("名额"), lambda one: one.pool.capacity, "integer", 8),
        ListColumn("taken", _("发出"), lambda one: one.given, "integer", 8),
        ListColumn("closed_because", _("为什么提前结束"), lambda one: one.closed_because, width=30),
    ],
    find=_giveaways,
    may=runs_unions,
)

LISTS: list[ListToExport[Any]] = [REDEMPTIONS, OFFERS, GIVEAWAYS, VOUCHERS, MERCHANTS, CLERKS]
