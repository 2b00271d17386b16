from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from unionhall.base.encryption import BlindIndexField, EncryptedTextField
from unionhall.domain.enrolment import stages  # noqa: F401 — known when Django has started
from unionhall.people.members.models import ID_NUMBER, Member


class Application(models.Model):
    """Somebody asks to join a union. Its way is the case's, whose union answers."""

    class Situation(models.TextChoices):
        UNION = "union", _("单位有工会")
        NONE = "none", _("单位还没有工会")
        NEW_FORM = "new_form", _("没有固定单位")

    class Occupation(models.TextChoices):
        """New employment forms: the four main ones first, then the others of the older eight groups."""

        COURIER = "courier", _("快递员")
        RIDER = "rider", _("外卖配送员")
        RIDE = "ride", _("网约车司机")
        TRUCK = "truck", _("货车司机")
        CARER = "carer", _("护工护理员")
        DOMESTIC = "domestic", _("家政服务员")
        PROMOTER = "promoter", _("商场信息员")
        ESTATE = "estate", _("房产中介员")
        GUARD = "guard", _("保安员")
        OTHER = "other", _("别的灵活就业")

    case = models.OneToOneField(
        "casework.Case", models.CASCADE, primary_key=True, related_name="application"
    )
    situation = models.CharField(_("在哪里上班"), max_length=12, choices=Situation)
    occupation = models.CharField(_("工种"), max_length=12, choices=Occupation, blank=True)
    employer = models.CharField(_("单位"), max_length=120, blank=True)
    name = EncryptedTextField(_("姓名"))
    id_kind = models.CharField(_("证件类型"), max_length=20, choices=Member.IdKind)
    id_number = EncryptedTextField(_("证件号码"))
    id_index = BlindIndexField(max_length=40, of="id_number", purpose=ID_NUMBER)
    phone = EncryptedTextField(_("手机号"), null=True, blank=True)  # at the desk, where she has one
    member = models.ForeignKey(
        "members.Member", models.SET_NULL, null=True, related_name="applications"
    )  # whom she became

    class Meta:
        db_table = "enrolment_application"
        verbose_name = _("入会申请")
        indexes = [models.Index(fields=["id_index"], name="application_by_number")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(situation="new_form") ^ models.Q(occupation=""),
                name="an_occupation_without_employer",
            ),
        ]

    def __str__(self) -> str:
        return f"application {self.case_id}"


class Transfer(models.Model):
    """She wants to go to the union of her case; ``request`` is what the old union answers."""

    case = models.OneToOneField(
        "casework.Case", models.CASCADE, primary_key=True, related_name="transfer"
    )
    request = models.ForeignKey(
        "members.TransferRequest", models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        db_table = "enrolment_transfer"
        verbose_name = _("转会")

    def __str__(self) -> str:
        return f"transfer {self.case_id}"
