from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from unionhall.domain.quiz.models.banks import Bank


class BankImport(models.Model):
    """A file of questions that was sent in: received, checked one by one, and after a yes taken in.

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

    union = models.ForeignKey("unions.Union", models.PROTECT, related_name="bank_imports")
    bank_name = models.CharField(_("题库名称"), max_length=80)
    bank = models.ForeignKey(Bank, models.PROTECT, null=True, related_name="imports")  # by the yes
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    file_name = models.CharField(_("文件"), max_length=200)
    content = models.BinaryField(null=True)  # the file; let go in time
    fingerprint = models.CharField(max_length=64, blank=True)  # SHA-256 of the content
    as_of = models.DateField()  # the day that the ledger notes
    state = models.CharField(max_length=12, choices=State, default=State.RECEIVED)
    problem = models.CharField(max_length=40, blank=True)  # why it is unreadable
    created_at = models.DateTimeField(auto_now_add=True)
    rows = models.PositiveIntegerField(default=0)
    next_place = models.PositiveIntegerField(default=0)  # the first row not yet taken in
    # {"verdicts": {…}, "reasons": {…}, "normalisations": {…}, "not_data": {…}}, each code: rows
    counts = models.JSONField(default=dict)
    batch_id = models.BigIntegerField(null=True)  # the ledger entry of the yes
    undone_because = models.CharField(_("原因"), max_length=200, blank=True)

    class Meta:
        db_table = "quiz_bank_import"
        verbose_name = _("题目文件")

    def __str__(self) -> str:
        return self.file_name


class BankImportRow(models.Model):
    """One row or question of such a file, with its verdict."""

    bank_import = models.ForeignKey(
        BankImport, models.CASCADE, related_name="import_rows", db_index=False
    )  # the constraint below has an index that begins with it
    place = models.PositiveIntegerField()  # counted through all sheets, from 0
    sheet = models.CharField(max_length=64)
    row = models.PositiveIntegerField()  # as the spreadsheet program counts, or the ordinal
    line = models.PositiveIntegerField(default=0)  # of a text file, from 1; 0 in a table
    verdict = models.CharField(max_length=20)
    reason_codes = models.JSONField(default=list)
    normalisations = models.JSONField(default=list)
    about = models.CharField(max_length=80, blank=True)  # how its stem begins
    values = models.JSONField(null=True)  # read by rules.kept_drafts; what is to be taken in

    class Meta:
        db_table = "quiz_bank_import_row"
        constraints = [
            models.UniqueConstraint(fields=["bank_import", "place"], name="bank_row_once"),
        ]

    def __str__(self) -> str:
        return f"{self.bank_import_id}:{self.place}"
