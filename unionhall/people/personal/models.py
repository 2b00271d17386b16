from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from unionhall.base.encryption import EncryptedTextField


class Copy(models.Model):
    """A copy of all that the house holds of somebody, for herself (PIPL art. 45): asked for, written by a job, kept for days.

    A worker that dies leaves its lease behind; when it has run out, another begins anew.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("等着写")
        RUNNING = "running", _("正在写")
        DONE = "done", _("可以下载")
        FAILED = "failed", _("没有写成")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="copies")
    language = models.CharField(max_length=10)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    turn = models.PositiveSmallIntegerField(default=0)  # how often somebody began to write it
    leased_until = models.DateTimeField(null=True)
    written_at = models.DateTimeField(null=True)
    content = EncryptedTextField(null=True)  # base64 of the zip

    class Meta:
        db_table = "personal_copy"
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(state__in=["waiting", "running"]),
                name="one_copy_at_work",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="done")
                | models.Q(content__isnull=False, written_at__isnull=False),
                name="a_written_copy_is_there",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class Closing(models.Model):
    """Somebody wants her account closed: in some days, until when she may change her mind."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="closings")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "personal_closing"
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(taken_back_at=None, done_at=None),
                name="one_open_closing",
            ),
            models.CheckConstraint(
                condition=models.Q(taken_back_at=None) | models.Q(done_at=None),
                name="taken_back_or_done",
            ),
            models.CheckConstraint(
                condition=models.Q(done_at=None) | models.Q(done_at__gte=models.F("due_at")),
                name="closed_no_earlier_than_said",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(taken_back_at=None, done_at=None),
                name="closings_due",
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"
