from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from unionhall.base.encryption import EncryptedTextField


def name_of(kind: str) -> str:
    """A kind of event in words; one that is not told any more, as the ledger names it."""
    return str(settings.WEBHOOK_KINDS.get(kind, kind))


class Receiver(models.Model):
    """An address of a partner's system that is told what happens in a union and below it.

    Worth what whoever registered it is worth: when she runs the union no longer, nothing goes out.
    """

    class State(models.TextChoices):
        LIVE = "live", _("在送")
        STOPPED = "stopped", _("停了")
        ISSUER_LEFT = "issuer_left", _("登记的人不管这里了")

    class Why(models.TextChoices):
        OFFICER = "officer", _("经办人停的")
        GONE = "gone", _("对方说不要了")

    union = models.ForeignKey("unions.Union", models.PROTECT, related_name="receivers")
    name = models.CharField(_("哪个系统"), max_length=80)
    url = models.CharField(_("网址"), max_length=500)
    kinds = models.JSONField(_("哪些事"), default=list)
    secret = EncryptedTextField()
    old_secret = EncryptedTextField(null=True)
    old_until = models.DateTimeField(null=True)  # until then the old one signs, too
    after_entry = (
        models.BigIntegerField()
    )  # of the ledger: what came before is none of its business
    rests_until = models.DateTimeField(null=True)  # it did not answer: nothing is sent before
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(_("登记"), auto_now_add=True)
    stopped_at = models.DateTimeField(null=True)
    stopped_why = models.CharField(max_length=8, choices=Why, blank=True)

    class Meta:
        db_table = "webhooks_receiver"
        verbose_name = _("接收方")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(stopped_at=None, stopped_why="")
                | (models.Q(stopped_at__isnull=False) & ~models.Q(stopped_why="")),
                name="stopped_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def called(self) -> list[str]:
        """What it is told of, in words."""
        return [name_of(kind) for kind in self.kinds]


class Event(models.Model):
    """What one receiver is told of one entry of the ledger: the same bytes, under the same number, at each try."""

    class State(models.TextChoices):
        DUE = "due", _("等着送")
        DELIVERED = "delivered", _("送到了")
        GIVEN_UP = "given_up", _("没送成")

    receiver = models.ForeignKey(Receiver, models.CASCADE, related_name="events", db_index=False)
    entry_id = models.BigIntegerField()
    kind = models.CharField(_("什么事"), max_length=80)
    body = models.TextField()  # JSON; ids and facts, nothing of a person
    key = models.UUIDField(unique=True)
    state = models.CharField(max_length=12, choices=State, default=State.DUE)
    due_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "webhooks_event"
        verbose_name = _("事件")
        constraints = [
            models.UniqueConstraint(fields=["receiver", "entry_id"], name="once_to_each_receiver"),
            models.CheckConstraint(
                condition=models.Q(state="due", settled_at=None)
                | (~models.Q(state="due") & models.Q(settled_at__isnull=False)),
                name="settled_says_when",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state="due"), name="webhooks_due"),
            models.Index(
                fields=["settled_at"],
                condition=models.Q(settled_at__isnull=False),
                name="webhooks_settled",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"

    @property
    def called(self) -> str:
        """What happened, in words."""
        return name_of(self.kind)

    @property
    def number(self) -> str:
        """As ``webhook-id`` has it."""
        return f"msg_{self.key.hex}"


class Attempt(models.Model):
    """One try, and what came of it."""

    event = models.ForeignKey(Event, models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField()  # of the answer; 0 if there was none
    problem = models.CharField(
        max_length=40, blank=True
    )  # the kind of error, if there was no answer
    ms = models.PositiveIntegerField()

    class Meta:
        db_table = "webhooks_attempt"
        verbose_name = _("一次投递")

    def __str__(self) -> str:
        return f"{self.status} {self.problem}".strip()


class Spread(models.Model):
    """One row: up to which entry of the ledger every receiver has been told."""

    last_id = models.BigIntegerField()

    class Meta:
        db_table = "webhooks_spread"

    def __str__(self) -> str:
        return f"up to {self.last_id}"
