from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from unionhall.base.encryption import EncryptedTextField
from unionhall.people.members.models.people import Membership


class BulkDeed(models.Model):
    """One deed for many members: whom was fixed when they were chosen, what is said afterwards.

    It is carried out by turns: each row says whether hers was, and a worker that dies is followed by another.
    """

    class State(models.TextChoices):
        CHOSEN = "chosen", _("选好了人，还没有办")
        RUNNING = "running", _("正在办")
        DONE = "done", _("办完了")
        UNDONE = "undone", _("办完又撤销了")

    class Deed(models.TextChoices):
        STANDING = "standing", _("改会籍")
        DEPARTMENT = "department", _("改部门")
        MESSAGE = "message", _("发消息")

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    union = models.ForeignKey("unions.Union", models.PROTECT, related_name="+")
    told = EncryptedTextField(null=True)  # how they were chosen, in words; let go in time
    people = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=State, default=State.CHOSEN)
    deed = models.CharField(max_length=12, choices=Deed, blank=True)
    why = models.CharField(max_length=12, choices=Membership.Why, blank=True)
    words = EncryptedTextField(null=True)  # the department, the message; let go in time
    entry_id = models.BigIntegerField(null=True)  # the ledger's, of the yes
    created_at = models.DateTimeField(auto_now_add=True)
    undone_because = models.CharField(_("原因"), max_length=200, blank=True)

    class Meta:
        db_table = "members_bulk_deed"
        verbose_name = _("批量办理")
        indexes = [
            models.Index(
                fields=["id"], condition=models.Q(state="running"), name="bulk_deeds_to_do"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deed} of {self.people}"


class BulkRow(models.Model):
    """One of those whom a deed is about."""

    class Outcome(models.TextChoices):
        DONE = "done", _("办了")
        SKIPPED = "skipped", _("跳过了")

    bulk = models.ForeignKey(BulkDeed, models.CASCADE, related_name="rows", db_index=False)
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="bulk_rows")
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True)

    class Meta:
        db_table = "members_bulk_row"
        constraints = [
            models.UniqueConstraint(fields=["bulk", "membership"], name="bulk_row_once"),
        ]
        indexes = [
            models.Index(
                fields=["bulk", "id"], condition=models.Q(outcome=""), name="bulk_rows_to_do"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bulk_id}: {self.membership_id}"
