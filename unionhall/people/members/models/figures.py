from __future__ import annotations

from django.db import models


class KeptFigures(models.Model):
    """How many unions and members of which kind a part of the tree had on a day, counted when somebody asked.

    Of a small part nothing is kept: it is counted anew. ``figures`` is empty until it is counted for the first time.
    """

    union = models.ForeignKey("unions.Union", models.CASCADE, related_name="+")
    on_day = models.DateField()
    asked_at = models.DateTimeField(null=True)  # somebody found it missing or old
    taken_at = models.DateTimeField(null=True)
    figures = models.JSONField(default=dict)  # {group: {key: number}}

    class Meta:
        db_table = "members_kept_figures"
        constraints = [
            models.UniqueConstraint(fields=["union", "on_day"], name="one_count_of_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.union_id} on {self.on_day}"
