from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from unionhall.domain.welfare import rules
from unionhall.people.members.rules import masks

if TYPE_CHECKING:
    from unionhall.people.unions.models import Union


class MerchantQuerySet(models.QuerySet["Merchant"]):
    """Narrows merchants."""

    def within(self, unions: models.QuerySet[Union]) -> Self:
        """Merchants that a union of ``unions`` contracted."""
        return self.filter(union__in=unions)


class Merchant(models.Model):
    """A shop where vouchers are redeemed. Each branch is a merchant with tills of its own."""

    union = models.ForeignKey("unions.Union", models.PROTECT, related_name="merchants")
    name = models.CharField(_("商户名称"), max_length=80)
    address = models.CharField(_("地址"), max_length=160)
    phone = models.CharField(_("店里的电话"), max_length=20, blank=True)

    objects = MerchantQuerySet.as_manager()

    class Meta:
        db_table = "welfare_merchant"
        verbose_name = _("商户")
        constraints = [
            models.UniqueConstraint(fields=["union", "name"], name="merchant_named_once")
        ]

    def __str__(self) -> str:
        return self.name


class Clerk(models.Model):
    """A login that redeems vouchers at one merchant, from when to when."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="clerks")
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="clerks")
    till = models.CharField(_("哪个收银台"), max_length=40, blank=True)
    is_manager = models.BooleanField(_("店长，能撤销核销"), default=False)
    appointed_at = models.DateTimeField(auto_now_add=True)
    dismissed_at = models.DateTimeField(null=True)
    unknown_numbers = models.PositiveSmallIntegerField(
        default=0
    )  # asked for and not found, in the window
    counted_from = models.DateTimeField(null=True)  # when that window began

    class Meta:
        db_table = "welfare_clerk"
        verbose_name = _("店员")
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(dismissed_at=None),
                name="one_live_post_of_a_clerk",
            ),
        ]

    def __str__(self) -> str:
        return self.till or str(_("{number} 号店员")).format(number=self.pk)

    @property
    def masked_phone(self) -> str:
        """Enough to tell two clerks apart."""
        return masks.masked_phone(self.user.phone)


class OfferQuerySet(models.QuerySet["VoucherOffer"]):
    """Narrows offers."""

    def within(self, unions: models.QuerySet[Union]) -> Self:
        """Offers that a union of ``unions`` pays for."""
        return self.filter(union__in=unions)

    def giveaways(self) -> Self:
        """Those that members claim themselves."""
        return self.filter(claimed_by_members=True)


class VoucherOffer(models.Model):
    """What the claims of a pool are worth, and where. A voucher is a claim on such a pool."""

    pool = models.OneToOneField("allotment.Pool", models.PROTECT, related_name="offer")
    union = models.ForeignKey("unions.Union", models.PROTECT, related_name="voucher_offers")
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="offers")
    title = models.CharField(_("券名"), max_length=80)
    face_value = models.PositiveIntegerField(_("面值"))  # in cents (分)
    terms = models.TextField(_("能买什么，有什么条件"), blank=True)
    opened_at = models.DateTimeField(auto_now_add=True)
    claimed_by_members = models.BooleanField(_("会员自己领"), default=False)  # a giveaway
    closed_because = models.CharField(_("为什么提前结束"), max_length=200, blank=True)

    # How many of its claims are in these states; only where ``queries.with_counts`` counted them.
    held: int
    used: int
    lapsed: int

    objects = OfferQuerySet.as_manager()

    class Meta:
        db_table = "welfare_voucher_offer"
        verbose_name = _("券")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(face_value__gt=0), name="a_voucher_is_worth_something"
            ),
        ]
        indexes = [
            models.Index(
                fields=["union", "-opened_at"],
                condition=models.Q(claimed_by_members=True),
                name="welfare_giveaways",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def yuan(self) -> str:
        """The face value in yuan, as it is written on the voucher."""
        return rules.yuan(self.face_value)

    @property
    def yuan_owed(self) -> str:
        """What the used ones come to in yuan; only where ``used`` was counted."""
        return rules.yuan(self.face_value * self.used)


class RedemptionQuerySet(models.QuerySet["Redemption"]):
    """Narrows redemptions."""

    def within(self, unions: models.QuerySet[Union]) -> Self:
        """Redemptions of vouchers that a union of ``unions`` pays for."""
        return self.filter(claim__pool__offer__union__in=unions)

    def live(self) -> Self:
        """Those that were not undone."""
        return self.filter(undone_at=None)


class Redemption(models.Model):
    """A voucher was handed in for goods: where, when, to whom. It may be undone, with a reason."""

    claim = models.ForeignKey("allotment.Claim", models.PROTECT, related_name="redemptions")
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="redemptions")
    clerk = models.ForeignKey(Clerk, models.PROTECT, related_name="redemptions")
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    undo_reason = models.CharField(max_length=200, blank=True)

    objects = RedemptionQuerySet.as_manager()

    class Meta:
        db_table = "welfare_redemption"
        verbose_name = _("核销")
        indexes = [
            models.Index(fields=["merchant", "-at"], name="redemption_of_merchant"),
            models.Index(fields=["clerk", "at"], name="redemption_of_clerk"),
            models.Index(fields=["-at"], name="redemption_newest"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["claim"], condition=models.Q(undone_at=None), name="redeemed_once"
            ),
            models.CheckConstraint(
                condition=models.Q(undone_at=None, undone_by=None, undo_reason="")
                | (
                    models.Q(undone_at__isnull=False, undone_by__isnull=False)
                    & ~models.Q(undo_reason="")
                ),
                name="undone_by_somebody_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.claim_id} @ {self.merchant_id}"

    @property
    def masked_name(self) -> str:
        """Whose voucher it was, as a list may show it."""
        return masks.masked_name(self.claim.member.name)

    @property
    def is_unusually_fast(self) -> bool:
        """Whether it came faster than goods can be handed out, where a query counted that."""
        return rules.is_unusually_fast(getattr(self, "within_a_minute", 0))

    @property
    def number_shown(self) -> str:
        """The voucher's number; of an undone one only the end, for it can be redeemed again."""
        number: str = self.claim.number_in_groups
        return number if self.undone_at is None else f"…{number[-4:]}"


class Replacement(models.Model):
    """A voucher got a new number; whoever shows the former one is told so."""

    claim = models.ForeignKey("allotment.Claim", models.PROTECT, related_name="replacements")
    former_number = models.CharField(max_length=32, unique=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        db_table = "welfare_replacement"

    def __str__(self) -> str:
        return f"{self.claim_id} #{self.pk}"


class ExpiryReminder(models.Model):
    """The member was reminded that her voucher lapses soon: once, however many sweeps run."""

    claim = models.OneToOneField("allotment.Claim", models.CASCADE, related_name="expiry_reminder")
    sent_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "welfare_expiry_reminder"

    def __str__(self) -> str:
        return f"{self.claim_id}"
