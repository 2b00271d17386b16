from __future__ import annotations

import json

from django.db import models
from django.utils.translation import gettext_lazy as _

from unionhall.base.encryption import EncryptedTextField
from unionhall.domain.corrections import stages  # noqa: F401 — known when Django has started


class Correction(models.Model):
    """What somebody says is wrong about her on the roll, and what is right. Its way is the case's."""

    class What(models.TextChoices):
        NAME = "name", _("姓名")
        ID_NUMBER = "id_number", _("证件号码")
        PHONE = "phone", _("手机号")
        DEPARTMENT = "department", _("部门")
        LOGIN = "login", _("登录的手机")  # another login is bound to her
        IDENTITY = "identity", _("名册里没有对上")  # she says who she is, and nobody was found
        OTHER = "other", _("别的")

    case = models.OneToOneField("casework.Case", models.CASCADE, related_name="correction")
    what = models.CharField(_("改什么"), max_length=12, choices=What)
    said = EncryptedTextField(
        null=True
    )  # JSON: the columns of the roll as they should be; let go in time

    class Meta:
        db_table = "corrections_correction"
        verbose_name = _("更正")

    def __str__(self) -> str:
        return f"{self.what} of case {self.case_id}"

    @property
    def columns(self) -> dict[str, str]:
        """Column of the roll -> what should stand there."""
        return dict(json.loads(self.said or "{}"))
