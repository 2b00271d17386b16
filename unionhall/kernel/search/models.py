from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _

from unionhall.kernel.audience.fields import AudienceField


class Circle(models.Model):
    """An audience of which something may be found. Many things share one, and it is asked once."""

    digest = models.CharField(max_length=64, unique=True)  # of the audience
    audience = AudienceField()
    # Of the audience, so that those of other parts of the tree need not be read.
    under_union = models.BigIntegerField(null=True, db_index=True)
    by_name = models.BooleanField(default=False)  # it adds members by name, wherever they are

    class Meta:
        db_table = "search_circle"

    def __str__(self) -> str:
        return f"#{self.pk}"


class Document(models.Model):
    """Something published that can be found, by whoever is in its circle. No personal data stands here.

    ``kind`` and ``key`` name a row of another app; who opens it is asked there again.
    """

    kind = models.CharField(max_length=16)
    key = models.BigIntegerField()
    title = models.CharField(_("名称"), max_length=200)
    text = models.TextField()  # ``rules.readable`` of the title and of all that is found by
    tokens = SearchVectorField()
    at = models.DateTimeField()  # the later, the further in front
    # Without an index: read beside that of the tokens, it would cost more than it spares.
    circle = models.ForeignKey(Circle, models.PROTECT, related_name="documents", db_index=False)
    under = models.BigIntegerField(null=True)  # only for whoever belongs to this union or below it

    class Meta:
        db_table = "search_document"
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="one_document_of_a_thing"),
        ]
        indexes = [
            # Rows come seldom and are looked for often: no list of pending entries.
            GinIndex(fields=["tokens"], name="search_tokens", fastupdate=False),
        ]

    def __str__(self) -> str:
        return self.title
