from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Entry(models.Model):
    """Who did what to what, and when. Append-only: a trigger refuses UPDATE and DELETE.

    No foreign keys, for an entry outlives what it mentions; no personal data in ``detail``, only
    ids and facts, or erasure would be impossible. The table is partitioned by month of ``at``; ids come from
    one sequence over all months, in which they are unique, though the key of the table is (id, at).
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(_("时间"), db_default=Now(), editable=False)
    action = models.CharField(_("做了什么"), max_length=80)
    subject_type = models.CharField(max_length=80)
    subject_id = models.BigIntegerField()
    by_id = models.BigIntegerField(null=True)
    union_id = models.BigIntegerField(null=True)
    detail = models.JSONField(default=dict)

    class Meta:
        db_table = "ledger_entry"
        verbose_name = _("记录")
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "-id"], name="ledger_subject"),
            models.Index(
                fields=["by_id", "-id"], condition=models.Q(by_id__isnull=False), name="ledger_by"
            ),
            models.Index(
                fields=["union_id", "-id"],
                condition=models.Q(union_id__isnull=False),
                name="ledger_union",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.action} {self.subject_type} {self.subject_id}"
