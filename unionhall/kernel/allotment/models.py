from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from unionhall.kernel.allotment import rules
from unionhall.kernel.audience.fields import AudienceField
from unionhall.kernel.audience.rules import Audience


class Pool(models.Model):
    """Something scarce: so many of it, for these people, from then until then."""

    label = models.CharField(max_length=120)
    capacity = models.PositiveIntegerField()
    taken = models.PositiveIntegerField(default=0)  # live claims (held or used)
    handed_out = models.PositiveIntegerField(default=0)  # places ever given; never goes down
    family = models.CharField(max_length=80, blank=True)  # pools that share one "once per member"
    audience = AudienceField(default=Audience)
    opens_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)
    valid_days = models.PositiveIntegerField(null=True)  # a claim lapses so many days after its own
    valid_until = models.DateTimeField(null=True)  # ... or at this moment, whichever is earlier
    seed = models.CharField(max_length=64)  # of the draw; told when it has been held
    seed_hash = models.CharField(max_length=64)  # published before
    drawn_at = models.DateTimeField(null=True)
    slices = models.PositiveSmallIntegerField(default=0)  # 0: this row counts, in strict order

    class Meta:
        db_table = "allotment_pool"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(taken__lte=models.F("capacity")), name="never_oversold"
            ),
            models.CheckConstraint(
                condition=models.Q(taken__lte=models.F("handed_out")), name="taken_were_handed_out"
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def left(self) -> int:
        """How many were left when this row was read."""
        return self.capacity - self.taken

    @property
    def family_key(self) -> str:
        """Within what a member may hold one thing only: the family, or this pool alone."""
        return self.family or f"pool:{self.pk}"


class PoolSlice(models.Model):
    """A part of a pool with a counter row of its own, so that not everybody waits for one row.

    ``taken`` and ``handed_out`` of a sliced pool are the sums of its slices; its own row is told them now and then.
    The window stands here too: the row that is ours until commit must be the one that says whether it is open.
    """

    pool = models.ForeignKey(Pool, models.PROTECT, related_name="parts", db_index=False)
    nth = models.PositiveSmallIntegerField()  # from 0 on
    capacity = models.PositiveIntegerField()
    taken = models.PositiveIntegerField(default=0)
    handed_out = models.PositiveIntegerField(default=0)
    opens_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "allotment_pool_slice"
        constraints = [
            models.UniqueConstraint(fields=["pool", "nth"], name="a_slice_stands_once"),
            models.CheckConstraint(
                condition=models.Q(taken__lte=models.F("capacity")), name="no_slice_oversold"
            ),
            models.CheckConstraint(
                condition=models.Q(taken__lte=models.F("handed_out")), name="slice_handed_out"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pool_id}/{self.nth}"


class ClaimQuerySet(models.QuerySet["Claim"]):
    """Filters of claims."""

    def live(self) -> ClaimQuerySet:
        """Held or used: these count against the capacity and against "once per member"."""
        return self.filter(state__in=Claim.LIVE)


class Claim(models.Model):
    """One thing of a pool in one member's hand, with its place in the line."""

    class State(models.TextChoices):
        HELD = "held", _("可用")
        USED = "used", _("用过了")
        RELEASED = "released", _("退回了")
        EXPIRED = "expired", _("过期了")

    LIVE = (State.HELD, State.USED)

    # No index on the pool alone: the unique one on (pool, place) begins with it.
    pool = models.ForeignKey(Pool, models.PROTECT, related_name="claims", db_index=False)
    family = models.CharField(max_length=80)
    member = models.ForeignKey("members.Member", models.PROTECT, related_name="claims")
    place = models.PositiveIntegerField(null=True)  # null only inside the deciding transaction
    state = models.CharField(max_length=12, choices=State, default=State.HELD)
    number = models.CharField(max_length=32, unique=True)  # unguessable, with check characters
    claimed_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    used_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )

    objects = ClaimQuerySet.as_manager()

    class Meta:
        db_table = "allotment_claim"
        verbose_name = _("领到的东西")
        constraints = [
            models.UniqueConstraint(
                fields=["family", "member"],
                condition=models.Q(state__in=("held", "used")),
                name="one_live_claim_of_a_family",
            ),
            models.UniqueConstraint(fields=["pool", "place"], name="a_place_is_given_once"),
            models.CheckConstraint(
                condition=models.Q(state="used", used_at__isnull=False, used_by__isnull=False)
                | (~models.Q(state="used") & models.Q(used_at=None, used_by=None)),
                name="used_says_when_and_by_whom",
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"], condition=models.Q(state="held"), name="allotment_lapsing"
            )
        ]

    def __str__(self) -> str:
        return f"{self.pool_id} № {self.place}"

    @property
    def rank(self) -> int | None:
        """The place as it may be told: none where the order of places says nothing."""
        return None if self.pool.slices else self.place

    @property
    def number_in_groups(self) -> str:
        """As it is shown: ``7K2M-90QX-4TRB-E5ZC``."""
        return rules.in_groups(self.number)
