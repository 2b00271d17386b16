from __future__ import annotations

from django.db import models


class PrivateFile(models.Model):
    """A file that is served only after its app has checked who asks."""

    name = models.CharField(max_length=200)  # as its sender called it
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    path = models.CharField(max_length=200, unique=True)  # below MEDIA_ROOT; our own name
    kept_at = models.DateTimeField(auto_now_add=True)
    by_id = models.BigIntegerField(null=True)  # no key upwards: base knows no users

    class Meta:
        db_table = "files_private_file"

    def __str__(self) -> str:
        return self.name
