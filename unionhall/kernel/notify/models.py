from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from unionhall.base.encryption import EncryptedTextField


class MessageQuerySet(models.QuerySet["Message"]):
    """Filters of messages."""

    def shown(self) -> MessageQuerySet:
        """What stands in an inbox."""
        return self.filter(shown_at__isnull=False)

    def unread(self) -> MessageQuerySet:
        """What stands in an inbox and was not looked at."""
        return self.shown().filter(read_at=None)


class Message(models.Model):
    """What a member, or a telephone number, is told. The wording is a template named by ``topic``."""

    # No index on the member alone: those below begin with it.
    member = models.ForeignKey(
        "members.Member", models.CASCADE, null=True, related_name="messages", db_index=False
    )
    phone = EncryptedTextField(null=True)  # when the recipient is only a number
    topic = models.CharField(max_length=80)  # "<app>/<file>"
    context = EncryptedTextField()  # JSON: what the template is filled with
    created_at = models.DateTimeField(auto_now_add=True)
    shown_at = models.DateTimeField(null=True)  # since when it stands in the inbox, if it does
    read_at = models.DateTimeField(null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        db_table = "notify_message"
        verbose_name = _("通知")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(member=None, phone__isnull=False)
                | models.Q(member__isnull=False, phone=None),
                name="a_member_or_a_number",
            ),
        ]
        indexes = [
            models.Index(fields=["member", "-shown_at"], name="notify_inbox"),
            models.Index(fields=["member"], condition=models.Q(read_at=None), name="notify_unread"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} #{self.pk}"


class SwitchedOff(models.Model):
    """She does not want to hear of this topic by this channel; without a row she does.

    Only for topics that are not mandatory. Above it stands her consent to text messages.
    """

    member = models.ForeignKey(
        "members.Member", models.CASCADE, related_name="switched_off", db_index=False
    )
    topic = models.CharField(max_length=80)
    channel = models.CharField(max_length=16)
    since_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "notify_switched_off"
        verbose_name = _("不想收的消息")
        constraints = [
            models.UniqueConstraint(
                fields=["member", "topic", "channel"], name="switched_off_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} by {self.channel}"


class Delivery(models.Model):
    """A message on its way through one channel: due, then delivered or given up."""

    class State(models.TextChoices):
        DUE = "due", _("等着发")
        DELIVERED = "delivered", _("发出了")
        GIVEN_UP = "given_up", _("没发成")

    class Priority(models.IntegerChoices):
        URGENT = 0, _("立刻")  # somebody is waiting in front of the screen
        NORMAL = 1, _("正常")

    message = models.ForeignKey(Message, models.CASCADE, related_name="deliveries", db_index=False)
    channel = models.CharField(max_length=16)
    state = models.CharField(max_length=12, choices=State, default=State.DUE)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.NORMAL)
    due_at = models.DateTimeField()  # the next try
    until_at = models.DateTimeField(null=True)  # afterwards it would only confuse
    tries = models.PositiveSmallIntegerField(default=0)
    key = models.UUIDField(unique=True)  # lets the receiver drop repeats
    reference = models.CharField(max_length=80, blank=True)  # the vendor's word for it
    problem = models.CharField(
        max_length=80, blank=True
    )  # why the last try failed, without personal data
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "notify_delivery"
        constraints = [
            models.UniqueConstraint(fields=["message", "channel"], name="once_by_each_channel"),
            models.CheckConstraint(
                condition=models.Q(state="delivered", delivered_at__isnull=False)
                | (~models.Q(state="delivered") & models.Q(delivered_at=None)),
                name="delivered_says_when",
            ),
        ]
        indexes = [
            models.Index(
                fields=["priority", "due_at"], condition=models.Q(state="due"), name="notify_due"
            ),
            models.Index(
                fields=["due_at"], condition=models.Q(state="given_up"), name="notify_given_up"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.state}"


class ConsoleText(models.Model):
    """What the console SMS vendor "sent": kept for the demo's page instead of an operator."""

    key = models.UUIDField(unique=True)
    phone = EncryptedTextField()
    text = EncryptedTextField()
    sent_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "notify_console_text"

    def __str__(self) -> str:
        return f"#{self.pk}"
