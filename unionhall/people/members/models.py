from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from unionhall.base.encryption import EncryptedTextField
from unionhall.base.phones import masked_phone

ID_NUMBER = "id_number"  # purposes of the blind indexes
PHONE = "phone"
PHONE_TAIL = "phone_tail"


class Member(models.Model):
    """A person on the roll. Not a login: ``user`` is set when she binds hers."""

    class IdKind(models.TextChoices):
        RESIDENT = "resident", _("居民身份证")
        HK_MACAO = "hk_macao", _("港澳居民居住证")
        TAIWAN = "taiwan", _("台湾居民居住证")
        PASSPORT = "passport", _("护照")

    class Sex(models.TextChoices):
        MALE = "m", _("男")
        FEMALE = "f", _("女")

    class SkillGrade(models.IntegerChoices):
        APPRENTICE = 1, _("学徒工")
        JUNIOR = 2, _("初级工")
        INTERMEDIATE = 3, _("中级工")
        SENIOR = 4, _("高级工")
        TECHNICIAN = 5, _("技师")
        SENIOR_TECHNICIAN = 6, _("高级技师")
        SPECIAL_GRADE = 7, _("特级技师")
        CHIEF = 8, _("首席技师")

    class Employment(models.TextChoices):
        REGULAR = "regular", _("合同制")
        DISPATCHED = "dispatched", _("劳务派遣")
        NEW_FORM = "new_form", _("新就业形态")
        OTHER = "other", _("其他")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="member"
    )
    name = models.CharField(_("姓名"), max_length=80)
    id_kind = models.CharField(_("证件类型"), max_length=12, choices=IdKind)
    id_number = EncryptedTextField(_("证件号码"))
    id_index = models.CharField(max_length=40, unique=True)
    phone = EncryptedTextField(_("手机号"), null=True, blank=True)
    phone_index = models.CharField(max_length=40, blank=True, db_index=True)
    phone_tail_index = models.CharField(max_length=40, blank=True, db_index=True)
    sex = models.CharField(_("性别"), max_length=1, choices=Sex, blank=True)
    born_on = models.DateField(_("出生日期"), null=True, blank=True)
    ethnicity = models.CharField(_("民族"), max_length=20, blank=True)
    education = models.CharField(_("学历"), max_length=20, blank=True)
    skill_grade = models.PositiveSmallIntegerField(
        _("技能等级"), choices=SkillGrade, null=True, blank=True
    )
    front_line = models.BooleanField(_("一线职工"), null=True, blank=True)
    employment = models.CharField(_("用工形式"), max_length=12, choices=Employment, blank=True)
    batch_id = models.BigIntegerField(null=True)  # the ledger entry of the import it came with

    class Meta:
        db_table = "members_member"
        verbose_name = _("会员")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(skill_grade=None) | models.Q(skill_grade__range=(1, 8)),
                name="skill_grade_1_to_8",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A member's standing in a union, from when to when. One live membership per person."""

    class Standing(models.TextChoices):
        CURRENT = "current", _("在籍")
        RETAINED = "retained", _("保留会籍")

    member = models.ForeignKey(Member, models.CASCADE, related_name="memberships")
    union = models.ForeignKey("unions.Union", models.PROTECT, related_name="memberships")
    standing = models.CharField(max_length=12, choices=Standing, default=Standing.CURRENT)
    department = models.CharField(_("部门"), max_length=80, blank=True)
    joined_on = models.DateField(_("入会日期"), null=True, blank=True)
    left_on = models.DateField(null=True, blank=True)
    batch_id = models.BigIntegerField(null=True)

    class Meta:
        db_table = "members_membership"
        constraints = [
            models.UniqueConstraint(
                fields=["member"], condition=models.Q(left_on=None), name="one_live_membership"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} in {self.union_id}"

    @property
    def masked_phone(self) -> str:
        """The member's phone as a list may show it."""
        return masked_phone(self.member.phone or "")


class RollImport(models.Model):
    """A roll that was sent in: received, checked row by row, and after a yes taken in.

    Each step is a job: the row says how far it is, and a worker that dies is followed by another.
    """

    class State(models.TextChoices):
        RECEIVED = "received", _("正在检查")
        CHECKED = "checked", _("检查完了，还没导入")
        RUNNING = "running", _("正在导入")
        DONE = "done", _("导入完了")
        UNREADABLE = "unreadable", _("读不了")
        DISCARDED = "discarded", _("不导入了")

    union = models.ForeignKey("unions.Union", models.PROTECT, related_name="roll_imports")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    file_name = models.CharField(_("文件"), max_length=200)
    content = EncryptedTextField(null=True)  # base64 of the file; emptied when it is read no more
    as_of = models.DateField()  # the day against which ages and dates are held
    state = models.CharField(max_length=12, choices=State, default=State.RECEIVED)
    problem = models.CharField(max_length=20, blank=True)  # why it is unreadable
    created_at = models.DateTimeField(auto_now_add=True)
    rows = models.PositiveIntegerField(default=0)
    next_place = models.PositiveIntegerField(default=0)  # the first row not yet taken in
    counts = models.JSONField(default=dict)  # {"verdicts": {…}, "effects": {…}, "reasons": {…}}
    batch_id = models.BigIntegerField(null=True)  # the ledger entry of the yes

    class Meta:
        db_table = "members_roll_import"
        verbose_name = _("名册")

    def __str__(self) -> str:
        return self.file_name


class RollRow(models.Model):
    """One row of a roll with its verdict; what stood in it is sealed, for it is personal data."""

    class Effect(models.TextChoices):
        NEW = "new", _("新登记")
        UPDATED = "updated", _("已有，更新了资料")
        UNCHANGED = "unchanged", _("已有，没有变化")

    roll_import = models.ForeignKey(RollImport, models.CASCADE, related_name="roll_rows")
    place = models.PositiveIntegerField()  # counted through all sheets, from 0
    sheet = models.CharField(max_length=64)
    row = models.PositiveIntegerField()  # as the spreadsheet program counts
    verdict = models.CharField(max_length=20)
    reason_codes = models.JSONField(default=list)
    normalisations = models.JSONField(default=list)
    warnings = models.JSONField(default=list)
    effect = models.CharField(max_length=12, choices=Effect, blank=True)
    values = EncryptedTextField(null=True)  # JSON: the line of an accepted row, else the reasons

    class Meta:
        db_table = "members_roll_row"
        constraints = [
            models.UniqueConstraint(fields=["roll_import", "place"], name="roll_row_once"),
        ]

    def __str__(self) -> str:
        return f"{self.roll_import_id}:{self.place}"
