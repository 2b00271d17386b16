from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Reorganisation(models.Model):
    """A union was moved, merged, split or closed: the tree at once, its members batch by batch.

    The row says how far it is, and a worker that dies is followed by another.
    """

    class Kind(models.TextChoices):
        MOVE = "move", _("换上级")
        MERGE = "merge", _("并入")
        SPLIT = "split", _("分出")
        CLOSE = "close", _("撤销")

    class State(models.TextChoices):
        RUNNING = "running", _("正在转会员")
        DONE = "done", _("办完了")
        UNDOING = "undoing", _("正在改回去")
        UNDONE = "undone", _("改回去了")

    kind = models.CharField(max_length=8, choices=Kind)
    union = models.ForeignKey("unions.Union", models.PROTECT, related_name="reorganisations")
    # The new parent; what it was merged into; what was split off; the upper union that keeps its members.
    other = models.ForeignKey("unions.Union", models.PROTECT, related_name="+")
    departments = models.JSONField(default=list)  # whose people are split off
    reason = models.CharField(_("为什么"), max_length=200)
    state = models.CharField(max_length=8, choices=State, default=State.RUNNING)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    people = models.PositiveIntegerField(default=0)  # how many were to go when it began
    gone = models.PositiveIntegerField(
        default=0
    )  # and have gone; while it is put back: have come back
    # Whom of ``gone`` the house has told, and the last of the memberships it made for them.
    told = models.PositiveIntegerField(default=0, db_default=0)
    told_up_to = models.BigIntegerField(default=0, db_default=0)
    entry_id = models.BigIntegerField(null=True)  # the ledger's entry of the deed
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    undone_because = models.CharField(_("为什么改回去"), max_length=200, blank=True)
    undo_entry_id = models.BigIntegerField(null=True)

    class Meta:
        db_table = "members_reorganisation"
        verbose_name = _("工会变动")
        constraints = [
            models.UniqueConstraint(
                fields=["union"],
                condition=models.Q(state__in=["running", "undoing"]),
                name="one_reorganisation_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.union_id} → {self.other_id}"
