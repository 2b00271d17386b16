from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from unionhall.base.encryption import BlindIndexField, EncryptedTextField
from unionhall.base.phones import last_four, masked_phone

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
        PERMANENT_RESIDENCE = "permanent_residence", _("外国人永久居留身份证")

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
    id_kind = models.CharField(_("证件类型"), max_length=20, choices=IdKind)
    id_number = EncryptedTextField(_("证件号码"))
    id_index = BlindIndexField(max_length=40, of="id_number", purpose=ID_NUMBER)
    phone = EncryptedTextField(_("手机号"), null=True, blank=True)
    phone_index = BlindIndexField(max_length=40, blank=True, of="phone", purpose=PHONE)
    phone_tail_index = BlindIndexField(
        max_length=40, blank=True, of="phone", purpose=PHONE_TAIL, part=last_four
    )
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
        # Declared here, not on the fields, which would add indexes for LIKE that nobody asks for.
        indexes = [
            # What the roll is narrowed by stands in it, too: whom a condition leaves out is not looked up.
            models.Index(
                fields=["name", "id", "front_line", "born_on", "skill_grade", "employment", "sex"],
                name="member_by_name",
            ),
            models.Index(fields=["phone_index"], name="member_phone"),
            models.Index(fields=["phone_tail_index"], name="member_phone_tail"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["id_index"], name="one_member_per_number"),
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

    class Why(models.TextChoices):
        """Why a standing changes; the first two keep the membership without a vote, the others end it."""

        RETIRED = "retired", _("退休了")
        UNEMPLOYED = "unemployed", _("失业了")
        MOVED = "moved", _("离开了单位")
        RESIGNED = "resigned", _("自己退会")
        EXPELLED = "expelled", _("被除名")
        DIED = "died", _("去世")
        MISTAKE = "mistake", _("登记错了")

    RETAINED_FOR = (Why.RETIRED, Why.UNEMPLOYED)

    member = models.ForeignKey(Member, models.CASCADE, related_name="memberships")
    union = models.ForeignKey("unions.Union", models.PROTECT, related_name="memberships")
    standing = models.CharField(max_length=12, choices=Standing, default=Standing.CURRENT)
    department = models.CharField(_("部门"), max_length=80, blank=True)
    joined_on = models.DateField(_("入会日期"), null=True, blank=True)
    # Where she came from another union: since when she is in this one. ``joined_on`` goes along with her.
    since_on = models.DateField(null=True)
    left_on = models.DateField(null=True, blank=True)
    batch_id = models.BigIntegerField(null=True)

    class Meta:
        db_table = "members_membership"
        constraints = [
            # Where somebody is now stands in the index: audiences read nothing else.
            models.UniqueConstraint(
                fields=["member"],
                include=["union", "standing"],
                condition=models.Q(left_on=None),
                name="one_live_membership",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} in {self.union_id}"

    @property
    def masked_phone(self) -> str:
        """The member's phone as a list may show it."""
        return masked_phone(self.member.phone or "")


class Change(models.Model):
    """What stood in one column before somebody said otherwise, so that it can be put back.

    ``entry_id`` is the ledger's entry of the deed: an import's yes, or an officer's own hand.
    """

    member = models.ForeignKey(Member, models.CASCADE, related_name="changes")
    membership = models.ForeignKey(Membership, models.CASCADE, null=True, related_name="changes")
    column = models.CharField(max_length=20)  # of the membership if it has one, else the member's
    was = EncryptedTextField(null=True)  # JSON; let go when the deed can be undone no more
    entry_id = models.BigIntegerField(db_index=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "members_change"
        indexes = [
            models.Index(
                fields=["at"], condition=models.Q(was__isnull=False), name="change_to_let_go"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.column} of {self.member_id}"


class TransferRequest(models.Model):
    """A union asks that somebody of another union become its member (会员组织关系接转).

    Decided by the old union's side; whoever asks is never told which union that is.
    """

    class State(models.TextChoices):
        ASKED = "asked", _("等对方答复")
        AGREED = "agreed", _("同意了，已经转入")
        REFUSED = "refused", _("没有同意")
        WITHDRAWN = "withdrawn", _("撤回了")

    member = models.ForeignKey(Member, models.CASCADE, related_name="transfer_requests")
    from_union = models.ForeignKey("unions.Union", models.PROTECT, related_name="+")
    to_union = models.ForeignKey("unions.Union", models.PROTECT, related_name="+")
    department = models.CharField(_("部门"), max_length=80, blank=True)  # in the new union
    roll_import = models.ForeignKey(
        "members.RollImport", models.SET_NULL, null=True, related_name="transfer_requests"
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    asked_at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(max_length=12, choices=State, default=State.ASKED)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(_("原因"), max_length=200, blank=True)
    told = models.CharField(max_length=12, blank=True)  # the state of which both sides were told

    class Meta:
        db_table = "members_transfer_request"
        verbose_name = _("接转")
        indexes = [models.Index(fields=["-decided_at", "-id"], name="transfer_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "to_union"],
                condition=models.Q(state="asked"),
                name="one_open_transfer_request",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} to {self.to_union_id}"
