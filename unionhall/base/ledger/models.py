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


class Seal(models.Model):
    """A block of entries as they were when no transaction could add to it any more. Append-only, like them.

    A block holds all entries from ``first_id`` to ``last_id``, and begins where the one before ended: what is
    slipped into that range later is found as well as what is changed or taken out.
    """

    number = models.BigIntegerField(primary_key=True)  # from 1, without a gap
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    count = models.BigIntegerField()  # entries; ids that a rollback burned have none
    digest = models.CharField(max_length=64)  # of the entries
    chained = models.CharField(max_length=64)  # of this row and the link before
    sealed_at = models.DateTimeField()

    class Meta:
        db_table = "ledger_seal"
        indexes = [models.Index(fields=["last_id"], name="seal_of_an_entry")]

    def __str__(self) -> str:
        return f"block {self.number}, entries {self.first_id} to {self.last_id}"


class Horizon(models.Model):
    """One row: no entry up to ``last_id`` can appear once all of ``running`` have ended."""

    last_id = models.BigIntegerField()  # the last id that anybody had drawn
    running = models.JSONField()  # the virtual transactions that ran after that, as "3/42"

    class Meta:
        db_table = "ledger_horizon"

    def __str__(self) -> str:
        return f"up to {self.last_id}"
