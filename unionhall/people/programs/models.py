from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class ProgramKey(models.Model):
    """What a program shows to act for a union and all below it. Only its digest is kept.

    It can do no more than whoever issued it can at that moment (decision 20).
    """

    class Scope(models.TextChoices):
        """What a key may be given, a group of verbs each; the verbs name theirs."""

        ROLLS_WRITE = "rolls:write", _("推送名册")
        ROLLS_READ = "rolls:read", _("读它自己推送的名册的检查结果")
        ROLLS_CONFIRM = "rolls:confirm", _("自己确认导入，不等人点头")
        MEMBERS_READ = "members:read", _("看会员名册和接转，号码遮住中间")
        MEMBERS_WRITE = "members:write", _("改会籍，提出接转")

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
    scopes = ArrayField(
        models.CharField(max_length=24, choices=Scope), verbose_name=_("可以做什么"), default=list
    )
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
            models.CheckConstraint(
                condition=models.Q(scopes__len__gt=0), name="key_opens_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.prefix}…"

    @property
    def told_scopes(self) -> list[str]:
        """What it may do, in words, in the order of all."""
        return [str(scope.label) for scope in self.Scope if scope in self.scopes]
