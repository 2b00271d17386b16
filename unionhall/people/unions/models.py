from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from treebeard.mp_tree import MP_Node

from unionhall.base.encryption import BlindIndexField, EncryptedTextField, sum_of_file
from unionhall.base.phones import masked_phone
from unionhall.people.unions.rules import roles

FINGERPRINT = "union_list"  # purpose of the blind index of a file


class Union(MP_Node):  # type: ignore[misc]
    """A union in the tree: federation, street or industry, grassroots, branch, group.

    The path prefix is the permission filter. Every edge has its history in ``Edge``.
    """

    class Level(models.IntegerChoices):
        DISTRICT = 1, _("区级")
        STREET = 2, _("乡镇街道级")
        GRASSROOTS = 3, _("基层工会")
        BRANCH = 4, _("分工会")

    class Holding(models.TextChoices):
        STATE = "state", _("国有控股")
        COLLECTIVE = "collective", _("集体控股")
        PRIVATE = "private", _("私人控股")
        HK_MACAO_TAIWAN = "hmt", _("港澳台商控股")
        FOREIGN = "foreign", _("外商控股")
        OTHER = "other", _("其他")

    steplen = 5
    node_order_by = ()

    name = models.CharField(_("工会名称"), max_length=120)
    level = models.PositiveSmallIntegerField(_("组织级别"), choices=Level)
    uscc = models.CharField(_("统一社会信用代码"), max_length=18, blank=True)
    employer = models.CharField(_("单位名称"), max_length=120, blank=True)
    ownership = models.CharField(_("单位性质"), max_length=40, blank=True)
    holding = models.CharField(_("控股类型"), max_length=12, choices=Holding, blank=True)
    industry_section = models.CharField(_("行业门类"), max_length=1, blank=True)
    industry_division = models.CharField(_("行业大类"), max_length=2, blank=True)
    industry_edition = models.CharField(max_length=16, blank=True, default="GB/T 4754-2017")
    workers = models.PositiveIntegerField(_("职工人数"), default=0)
    members_reported = models.PositiveIntegerField(_("会员人数"), default=0)
    women_workers = models.PositiveIntegerField(_("女职工人数"), default=0)
    migrant_workers = models.PositiveIntegerField(_("农民工人数"), default=0)
    founded_on = models.DateField(_("建会日期"), null=True, blank=True)
    term_years = models.PositiveSmallIntegerField(_("届期（年）"), null=True, blank=True)
    term_ends_on = models.DateField(_("换届日期"), null=True, blank=True)
    chair = models.CharField(_("主席"), max_length=80, blank=True)
    chair_phone = EncryptedTextField(_("主席联系电话"), null=True, blank=True)
    pilot = models.BooleanField(_("产改试点"), default=False)
    remark = models.CharField(_("备注"), max_length=200, blank=True)
    batch_id = models.BigIntegerField(null=True)  # the ledger entry of the import it came with
    closed_on = models.DateField(_("撤销日期"), null=True, blank=True)
    # Where it went: what it was merged into, or the upper union that keeps its members' standing.
    successor = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="predecessors"
    )

    class Meta:
        db_table = "unions_union"
        verbose_name = _("工会")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(closed_on=None, successor=None)
                | models.Q(closed_on__isnull=False, successor__isnull=False),
                name="closed_says_where_it_went",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Edge(models.Model):
    """Under whom a union stood, from when to when: the figures "as of" a day need it.

    A union that was closed has no live one.
    """

    union = models.ForeignKey(Union, models.CASCADE, related_name="edges")
    parent = models.ForeignKey(Union, models.PROTECT, null=True, related_name="child_edges")
    since_on = models.DateField()
    until_on = models.DateField(null=True)

    class Meta:
        db_table = "unions_edge"
        constraints = [
            models.UniqueConstraint(
                fields=["union"], condition=models.Q(until_on=None), name="one_live_edge"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.union_id} ← {self.parent_id}"


class Office(models.Model):
    """Who is in charge of which part of the tree, from when to when."""

    class Role(models.TextChoices):
        CHAIR = "chair", _("主席")
        DEPUTY = roles.DEPUTY, _("副主席")
        OFFICER = "officer", _("干事")
        AUDITOR = "auditor", _("经审委员")
        SYSTEM = roles.SYSTEM, _("系统管理员")
        SECURITY = roles.SECURITY, _("安全管理员")
        AUDIT = roles.AUDIT, _("审计管理员")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="offices")
    union = models.ForeignKey(Union, models.CASCADE, related_name="offices")
    role = models.CharField(max_length=12, choices=Role, default=Role.OFFICER)
    since_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)  # when it was ended
    ends_on = models.DateField(null=True, blank=True)  # its last day, said when it was given
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    because = models.CharField(_("依据"), max_length=200, blank=True, default="", db_default="")
    ended_entry = models.BigIntegerField(
        null=True
    )  # the ledger entry of what ended it with its union

    class Meta:
        db_table = "unions_office"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "union", "role"],
                condition=models.Q(until_on=None),
                name="one_live_office",
            ),
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(until_on=None, role__in=roles.ADMINISTRATORS),
                name="one_administrator_in_one_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} {self.union_id}"

    @property
    def holder(self) -> str:
        """By name; who has none yet, by as much of her phone as tells her from others."""
        return self.user.name or masked_phone(self.user.phone)


class TermReminder(models.Model):
    """Who runs a union was reminded that its term ends on a day: once of each."""

    union = models.ForeignKey(Union, models.CASCADE, related_name="term_reminders")
    term_ends_on = models.DateField()
    told_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "unions_term_reminder"
        constraints = [
            models.UniqueConstraint(fields=["union", "term_ends_on"], name="reminded_once"),
        ]

    def __str__(self) -> str:
        return f"{self.union_id}: {self.term_ends_on}"


class Change(models.Model):
    """What stood in one column of a union before somebody said otherwise, so that it can be put back.

    ``column`` is one of ``Union``'s, or ``parent``; ``entry_id`` is the ledger's entry of the deed.
    """

    PARENT = "parent"

    union = models.ForeignKey(Union, models.CASCADE, related_name="changes")
    column = models.CharField(max_length=20)
    was = EncryptedTextField(null=True)  # JSON; of a parent its id; of a person let go in time
    entry_id = models.BigIntegerField(db_index=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "unions_change"

    def __str__(self) -> str:
        return f"{self.column} of {self.union_id}"


class ListImport(models.Model):
    """A list of unions that was sent in: checked row by row, and after a yes taken in.

    Each step is a job: the row says how far it is, and a worker that dies is followed by another.
    """

    class State(models.TextChoices):
        RECEIVED = "received", _("正在检查")
        CHECKED = "checked", _("检查完了，还没导入")
        RUNNING = "running", _("正在导入")
        DONE = "done", _("导入完了")
        UNREADABLE = "unreadable", _("读不了")
        DISCARDED = "discarded", _("不导入了")
        UNDONE = "undone", _("导入又撤销了")

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    file_name = models.CharField(_("文件"), max_length=200)
    content = EncryptedTextField(null=True)  # base64 of the file; emptied after a month
    fingerprint = BlindIndexField(
        max_length=40, blank=True, of="content", purpose=FINGERPRINT, part=sum_of_file
    )
    as_of = models.DateField(null=True)  # the day against which dates are held
    state = models.CharField(max_length=12, choices=State, default=State.RECEIVED)
    problem = models.CharField(max_length=20, blank=True)  # why it is unreadable
    created_at = models.DateTimeField(auto_now_add=True)
    turns = models.PositiveIntegerField(default=0)  # how many rows are to be taken in
    next_turn = models.PositiveIntegerField(default=0)  # the first that is not
    moves = models.BooleanField(default=False)  # the yes was said to the moves, too
    # {"verdicts": {…}, "effects": {…}, "changes": {column: rows}}, or of one that cannot be read
    # {"missing": {column: its place}}
    counts = models.JSONField(default=dict)
    batch_id = models.BigIntegerField(null=True)  # the ledger entry of the yes
    undone_because = models.CharField(_("原因"), max_length=200, blank=True)
    absent = models.ManyToManyField(Union, related_name="+")  # whom it leaves out

    class Meta:
        db_table = "unions_list_import"
        verbose_name = _("工会台账")

    def __str__(self) -> str:
        return self.file_name


class ListRow(models.Model):
    """One row of a list with its verdict; what stood in it is sealed, for it holds a phone number."""

    class Effect(models.TextChoices):
        FOUNDED = "founded", _("新登记")
        UPDATED = "updated", _("更新")
        MOVED = "moved", _("换上级")
        UNCHANGED = "unchanged", _("没有变化")

    list_import = models.ForeignKey(
        ListImport, models.CASCADE, related_name="list_rows", db_index=False
    )  # the constraint below has an index that begins with it
    place = models.PositiveIntegerField()  # counted through all sheets, from 0
    sheet = models.CharField(max_length=64)
    row = models.PositiveIntegerField()  # as the spreadsheet program counts
    verdict = models.CharField(max_length=20)
    reason_codes = models.JSONField(default=list)
    normalisations = models.JSONField(default=list)
    warnings = models.JSONField(default=list)
    effect = models.CharField(max_length=12, choices=Effect, blank=True)
    values = EncryptedTextField(null=True)  # JSON: the line of an accepted row, else the reasons
    turn = models.PositiveIntegerField(null=True)  # taken in by turns: parents first
    union = models.ForeignKey(Union, models.SET_NULL, null=True, related_name="list_rows")
    parent = models.ForeignKey(Union, models.SET_NULL, null=True, related_name="+")
    parent_place = models.PositiveIntegerField(null=True)  # the parent's own row, if it has one
    # JSON: [[column, what stood there, what the row says, entry of who said the former], …]
    changes = EncryptedTextField(null=True)

    class Meta:
        db_table = "unions_list_row"
        constraints = [
            models.UniqueConstraint(fields=["list_import", "place"], name="list_row_once"),
        ]

    def __str__(self) -> str:
        return f"{self.list_import_id}:{self.place}"
