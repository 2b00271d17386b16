from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ProgramKey(models.Model):
    """What a program shows to act for a union and all below it. Only its digest is kept.

    It can do no more than whoever issued it can at that moment (decision 20).
    """

    class Right(models.TextChoices):
        PUSH = "push", _("推送名册")
        READ = "read", _("读检查结果")
        CONFIRM = "confirm", _("自己确认导入")

    class State(models.TextChoices):
        """Worked out anew each time it is asked for; see ``queries.keys_with_state``."""

        LIVE = "live", _("能用")
        REVOKED = "revoked", _("作废了")
        ENDED = "ended", _("到期了")
        ISSUER_LEFT = "issuer_left", _("发的人不管这里了")

    union = models.ForeignKey("unions.Union", models.PROTECT, related_name="program_keys")
    name = models.CharField(_("哪个系统"), max_length=80)
    prefix = models.CharField(_("开头"), max_length=12)  # to tell keys apart
    digest = models.CharField(max_length=64)
    may_read = models.BooleanField(_("读检查结果"), default=True)
    may_confirm = models.BooleanField(_("自己确认导入"), default=False)
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(_("发出"), auto_now_add=True)
    ends_on = models.DateField(_("用到哪天"))  # the last day
    last_used_on = models.DateField(_("最近用过"), null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        db_table = "programs_key"
        verbose_name = _("程序密钥")
        constraints = [
            models.UniqueConstraint(fields=["digest"], name="one_key_of_a_secret"),
            models.CheckConstraint(
                condition=models.Q(revoked_at=None, revoked_by=None)
                | models.Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="key_revoked_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.prefix}…"

    def may(self, right: Right) -> bool:
        """Pushing is what every key is for."""
        asked = {self.Right.READ: self.may_read, self.Right.CONFIRM: self.may_confirm}
        return asked.get(right, True)
