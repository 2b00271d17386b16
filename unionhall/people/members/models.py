from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from unionhall.base.encryption import BlindIndexField, EncryptedTextField, sum_of_file
from unionhall.base.phones import last_four, masked_phone
from unionhall.base.typed_records import ENDING

ID_NUMBER = "id_number"  # purposes of the blind indexes
PHONE = "phone"
PHONE_TAIL = "phone_tail"
ROLL_FILE = "roll"


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
            models.Index(fields=["name", "id"], name="member_by_name"),
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


class RollImport(models.Model):
    """A roll that was sent in: received, checked row by row, and after a yes taken in.

    Each step is a job: the row says how far it is, and a worker that dies is followed by another.
    """

    class State(models.TextChoices):
        OPEN = "open", _("还在一页一页地推送")
        RECEIVED = "received", _("正在检查")
        CHECKED = "checked", _("检查完了，还没导入")
        RUNNING = "running", _("正在导入")
        DONE = "done", _("导入完了")
        UNREADABLE = "unreadable", _("读不了")
        DISCARDED = "discarded", _("不导入了")
        UNDONE = "undone", _("导入又撤销了")

    union = models.ForeignKey("unions.Union", models.PROTECT, related_name="roll_imports")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    file_name = models.CharField(_("文件"), max_length=200)
    content = EncryptedTextField(null=True)  # base64 of the file; let go in time
    fingerprint = BlindIndexField(
        max_length=40, blank=True, of="content", purpose=ROLL_FILE, part=sum_of_file
    )
    as_of = models.DateField()  # the day against which ages and dates are held
    state = models.CharField(max_length=12, choices=State, default=State.RECEIVED)
    problem = models.CharField(max_length=20, blank=True)  # why it is unreadable
    created_at = models.DateTimeField(auto_now_add=True)
    rows = models.PositiveIntegerField(default=0)
    next_place = models.PositiveIntegerField(default=0)  # the first row not yet taken in
    # {"verdicts": {…}, "effects": {…}, "reasons": {…}, "changes": {column: rows}, "absent": n}
    counts = models.JSONField(default=dict)
    # {union: live members}, as text: under the same top, and the file says nothing of them
    left_out = models.JSONField(default=dict, db_default={})
    # What became of the file's headings: rules.Headings, as a dict
    headings = models.JSONField(default=dict, db_default={})
    # Where everybody is, because the file has no column for it
    of_union = models.ForeignKey("unions.Union", models.SET_NULL, null=True, related_name="+")
    without_phone = models.PositiveIntegerField(default=0, db_default=0)  # people, after a yes
    batch_id = models.BigIntegerField(null=True)  # the ledger entry of the yes
    undone_because = models.CharField(_("原因"), max_length=200, blank=True)
    key = models.ForeignKey(  # of the program that pushed it
        "programs.ProgramKey", models.PROTECT, null=True, related_name="rolls"
    )
    pushed_pages = models.PositiveIntegerField(null=True)  # of a push that was finished

    class Meta:
        db_table = "members_roll_import"
        verbose_name = _("名册")

    def __str__(self) -> str:
        return self.file_name

    @property
    def called(self) -> str:
        """As a page names it: a push has its name from its system, and an ending from nobody."""
        return self.file_name.removesuffix(ENDING)

    @property
    def sender(self) -> str:
        """The system that pushed it, else who sent it."""
        return self.key.name if self.key else str(self.by or "")


class RollRow(models.Model):
    """One row of a roll with its verdict; what stood in it is sealed, for it is personal data."""

    class Effect(models.TextChoices):
        NEW = "new", _("新登记")
        RETURNED = "returned", _("以前在会，重新登记")
        UPDATED = "updated", _("已有，更新了资料")
        UNCHANGED = "unchanged", _("已有，没有变化")
        ELSEWHERE = "elsewhere", _("在别的工会，要接转")

    # The constraint below has an index that begins with it; rows are written with their roll and
    # go with it, so that a foreign key would only cost a look for each row.
    roll_import = models.ForeignKey(
        RollImport, models.CASCADE, related_name="roll_rows", db_constraint=False, db_index=False
    )
    place = models.PositiveIntegerField()  # counted through all sheets, from 0
    sheet = models.CharField(max_length=64)
    row = models.PositiveIntegerField()  # as the spreadsheet program counts
    verdict = models.CharField(max_length=20)
    reason_codes = models.JSONField(default=list)
    normalisations = models.JSONField(default=list)
    warnings = models.JSONField(default=list)
    effect = models.CharField(max_length=12, choices=Effect, blank=True)
    values = EncryptedTextField(null=True)  # JSON: the line of an accepted row, else the reasons
    member = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="roll_rows")
    # JSON: [[column, what stood there, what the row says, entry of who said the former], …]
    changes = EncryptedTextField(null=True)

    class Meta:
        db_table = "members_roll_row"
        constraints = [
            models.UniqueConstraint(fields=["roll_import", "place"], name="roll_row_once"),
        ]

    def __str__(self) -> str:
        return f"{self.roll_import_id}:{self.place}"


class Newcomer(models.Model):
    """Somebody new on a checked roll, column by column as ``Member`` and ``Membership`` will hold her.

    So a yes takes thousands in by one statement. Let go with what else was read of the roll.
    """

    pk = models.CompositePrimaryKey("roll_import_id", "place")
    # Written with its roll and let go with it: a constraint would be looked at for every row.
    roll_import = models.ForeignKey(
        RollImport, models.CASCADE, related_name="newcomers", db_constraint=False, db_index=False
    )
    place = models.PositiveIntegerField()  # of the roll's row
    union = models.CharField(max_length=120)  # its name, for it may be renamed before the yes
    name = models.CharField(max_length=80)
    id_kind = models.CharField(max_length=20)
    id_number = EncryptedTextField(sealed_for="members_member.id_number")
    id_index = BlindIndexField(max_length=40, of="id_number", purpose=ID_NUMBER)
    phone = EncryptedTextField(null=True, sealed_for="members_member.phone")
    phone_index = BlindIndexField(max_length=40, of="phone", purpose=PHONE)
    phone_tail_index = BlindIndexField(
        max_length=40, of="phone", purpose=PHONE_TAIL, part=last_four
    )
    sex = models.CharField(max_length=1)
    born_on = models.DateField(null=True)
    ethnicity = models.CharField(max_length=20)
    education = models.CharField(max_length=20)
    skill_grade = models.PositiveSmallIntegerField(null=True)
    front_line = models.BooleanField(null=True)
    employment = models.CharField(max_length=12)
    standing = models.CharField(max_length=12)
    department = models.CharField(max_length=80)
    joined_on = models.DateField(null=True)

    class Meta:
        db_table = "members_newcomer"

    def __str__(self) -> str:
        return f"{self.roll_import_id}:{self.place}"


class RollPage(models.Model):
    """A page of a roll that a program pushes, by its number; joined to one file at the end."""

    roll_import = models.ForeignKey(RollImport, models.CASCADE, related_name="pages")
    number = models.PositiveIntegerField()  # from 1
    rows = EncryptedTextField()  # JSON: [[heading, …], [cell, …], …]
    count = models.PositiveIntegerField()  # of its rows, without the headings
    size = models.PositiveIntegerField()  # of the JSON, in bytes
    came_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "members_roll_page"
        constraints = [
            models.UniqueConstraint(fields=["roll_import", "number"], name="roll_page_once"),
        ]

    def __str__(self) -> str:
        return f"{self.roll_import_id}: page {self.number}"


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


class Absence(models.Model):
    """Somebody on the roll of a union that a file speaks of, whom the file does not name.

    Nobody leaves by being left out: an officer decides about each, or leaves it open.
    """

    class Decision(models.TextChoices):
        KEEP = "keep", _("没有变，还在会")
        RETAINED = "retained", _("保留会籍")
        LEFT = "left", _("不在会了")

    roll_import = models.ForeignKey(  # which the constraint's index begins with
        RollImport, models.CASCADE, related_name="absences", db_index=False
    )
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="absences")
    decision = models.CharField(max_length=12, choices=Decision, blank=True)
    reason = models.CharField(_("原因"), max_length=12, choices=Membership.Why, blank=True)
    note = models.CharField(_("备注"), max_length=200, blank=True, default="", db_default="")
    entry_id = models.BigIntegerField(null=True)  # the ledger's entry of the decision
    # false: the file names departments of her union, and never hers
    department_named = models.BooleanField(default=True, db_default=True)

    class Meta:
        db_table = "members_absence"
        indexes = [
            models.Index(
                fields=["roll_import", "department_named", "id"],
                condition=models.Q(decision=""),
                name="absences_to_decide",
            ),
            models.Index(
                fields=["roll_import", "-entry_id"],
                condition=~models.Q(decision=""),
                name="absences_decided",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["roll_import", "membership"], name="absent_once"),
            models.CheckConstraint(
                condition=models.Q(decision="", entry_id=None)
                | (~models.Q(decision="") & models.Q(entry_id__isnull=False)),
                name="absence_decided_on_record",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.membership_id} absent from {self.roll_import_id}"


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
        RollImport, models.SET_NULL, null=True, related_name="transfer_requests"
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
