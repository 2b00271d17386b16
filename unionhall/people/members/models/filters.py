from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from unionhall.base.encryption import EncryptedTextField


class SavedFilter(models.Model):
    """Conditions on a roll that an officer wants to find again; ``shared``: whoever runs the union sees it."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="member_filters")
    union = models.ForeignKey("unions.Union", models.CASCADE, related_name="member_filters")
    name = models.CharField(_("名称"), max_length=40)
    shared = models.BooleanField(default=False)
    said = EncryptedTextField()  # JSON: field of the filter -> its value, a name or number in clear
    saved_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "members_saved_filter"
        verbose_name = _("存下的条件")
        constraints = [
            models.UniqueConstraint(fields=["by", "name"], name="filter_once_by_name"),
        ]

    def __str__(self) -> str:
        return self.name
