from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from unionhall.base.encryption import BlindIndexField, EncryptedTextField, sum_of_file
from unionhall.base.phones import last_four
from unionhall.base.typed_records import ENDING
from unionhall.people.members.models.people import ID_NUMBER, PHONE, PHONE_TAIL, Member, Membership

ROLL_FILE = "roll"  # purpose of the blind index of a file


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
