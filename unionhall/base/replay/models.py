from __future__ import annotations

from django.db import models


class Seen(models.Model):
    """A request key under which somebody did a deed: committed with the deed, so it is there if the deed is."""

    user_id = models.BigIntegerField()  # whose key; no foreign key, for this floor knows no logins
    key = models.CharField(max_length=64)
    deed = models.CharField(max_length=64)  # SHA-256 of what was asked
    at = models.DateTimeField()

    class Meta:
        db_table = "replay_seen"
        constraints = [
            models.UniqueConstraint(fields=["user_id", "key"], name="a_key_is_used_once")
        ]
        indexes = [models.Index(fields=["at"], name="replay_old")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.key}"
