from __future__ import annotations

import re

from django.db import models
from django.utils.translation import gettext_lazy as _

from unionhall.base.encryption import EncryptedTextField
from unionhall.base.written_tables import RUN_AS_FORMULA
from unionhall.base.written_text import without_invisible

NOT_IN_FILE_NAMES = re.compile(r'[\s\x00-\x1f\x7f\ud800-\udfff\\/:*?"<>|]+')
LONGEST_NAME = 60  # characters; a file system counts to 255 bytes
BEGINS_NO_NAME = "".join(RUN_AS_FORMULA) + ".~' "  # hidden, an option, a formula in some programs


class Export(models.Model):
    """A list on its way out: asked for by one person, written by a job, hers to fetch for some days.

    A worker that dies leaves its lease behind; when it has run out, another begins anew. ``rows``
    is what was counted when it was asked for, and what was written once it is.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("等着写")
        RUNNING = "running", _("正在写")
        DONE = "done", _("可以下载")
        FAILED = "failed", _("没有写成")
        EXPIRED = "expired", _("过了 7 天，文件删了")

    class Problem(models.TextChoices):
        NOT_ALLOWED = "not_allowed", _("写的时候，你已经不管这份名单了")
        FAILED = "failed", _("写到一半出了错，是我们这边的问题，已经记下")

    class Format(models.TextChoices):
        XLSX = "xlsx", _("Excel 工作簿（.xlsx）")
        CSV = "csv", _("文字表（.csv）")

    class Purpose(models.TextChoices):
        GIFTS = "gifts", _("发慰问品")
        ACTIVITY = "activity", _("办活动核对名单")
        ELECTION = "election", _("换届选举")
        REPORT = "report", _("报给上级")
        CORRECTION = "correction", _("核对资料")
        SETTLEMENT = "settlement", _("对账结算")

    by_id = models.BigIntegerField(db_index=True)  # no key upwards: base knows no users
    list_name = models.CharField(max_length=40)
    title = models.CharField(max_length=200)  # the list and what it is about
    purpose = models.CharField(max_length=12, choices=Purpose)
    format = models.CharField(max_length=4, choices=Format)
    columns = models.JSONField(default=list)  # keys
    filters = EncryptedTextField()  # JSON of what stood in the address: a name, a number
    looks_at = models.BigIntegerField(null=True)  # the office to which she narrowed what she sees
    language = models.CharField(max_length=10)
    asked_at = models.DateTimeField(auto_now_add=True)
    rows = models.PositiveIntegerField()
    written = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    problem = models.CharField(max_length=12, choices=Problem, blank=True)
    turn = models.PositiveSmallIntegerField(default=0)  # how often somebody began to write it
    leased_until = models.DateTimeField(null=True)
    scope = models.CharField(max_length=64, blank=True)  # her rights when it was written
    content = EncryptedTextField(null=True)  # base64 of the file

    class Meta:
        db_table = "exports_export"
        verbose_name = _("导出")
        indexes = [
            models.Index(
                fields=["id"],
                condition=models.Q(state__in=["waiting", "running"]),
                name="exports_to_write",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def file_name(self) -> str:
        """As it is saved: the title, and the number that its ledger line has, too."""
        plain = NOT_IN_FILE_NAMES.sub(" ", without_invisible(self.title))
        return f"{plain.lstrip(BEGINS_NO_NAME)[:LONGEST_NAME]} {self.pk}.{self.format}".lstrip()


class ColumnsChosen(models.Model):
    """What somebody took of a list the last time, so that she need not choose it again."""

    by_id = models.BigIntegerField()
    list_name = models.CharField(max_length=40)
    columns = models.JSONField(default=list)  # keys
    format = models.CharField(max_length=4, choices=Export.Format)

    class Meta:
        db_table = "exports_columns_chosen"
        constraints = [
            models.UniqueConstraint(fields=["by_id", "list_name"], name="last_choice_of_a_list"),
        ]

    def __str__(self) -> str:
        return f"{self.list_name} of {self.by_id}"
