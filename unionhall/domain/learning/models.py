from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Lesson(models.Model):
    """Something to watch or to read. What members watched of it never changes, so neither does it."""

    class Kind(models.TextChoices):
        VIDEO = "video", _("视频")
        TEXT = "text", _("文字")

    union = models.ForeignKey("unions.Union", models.PROTECT, related_name="lessons")
    title = models.CharField(_("讲座名称"), max_length=80)
    speaker = models.CharField(_("讲师"), max_length=40, blank=True)
    kind = models.CharField(_("形式"), max_length=8, choices=Kind)
    video = models.ForeignKey(
        "files.PrivateFile", models.PROTECT, null=True, blank=True, related_name="+"
    )
    milliseconds = models.PositiveIntegerField(default=0)  # read from the video file; 0 for text
    script = models.TextField(_("讲稿"), blank=True)  # Markdown; lines "> …" are captions
    captions = models.TextField(blank=True)  # WebVTT; "" when the script has none
    minimum_percent = models.PositiveSmallIntegerField(default=95)  # of the video, to count as seen
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "learning_lesson"
        verbose_name = _("讲座")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="text", video=None)
                | models.Q(kind="video", video__isnull=False, milliseconds__gt=0),
                name="a_video_lesson_has_a_video",
            ),
            models.CheckConstraint(
                condition=models.Q(minimum_percent__range=(1, 100)), name="minimum_percent_1_to_100"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_video(self) -> bool:
        """Watched with a player, not read."""
        return self.kind == self.Kind.VIDEO

    @property
    def seconds(self) -> int:
        """Length of the video in whole seconds."""
        return self.milliseconds // 1000


class Watching(models.Model):
    """How far a member is with a lesson: what the server accepted, and what it may accept yet.

    ``budget_ms`` is the media time that may still be credited; it grows with the wall clock
    while ``player`` is open (``rules.grown``) and shrinks by what is credited.
    """

    lesson = models.ForeignKey(Lesson, models.PROTECT, related_name="watchings")
    member = models.ForeignKey("members.Member", models.CASCADE, related_name="watchings")
    intervals = models.JSONField(default=list)  # [[start, end], …] in ms: sorted, disjoint
    covered_ms = models.PositiveIntegerField(default=0)  # their total length
    budget_ms = models.PositiveIntegerField(default=0)
    player = models.CharField(max_length=43, blank=True)  # token of the one player that counts
    opened_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    position_ms = models.PositiveIntegerField(default=0)  # where to go on from
    read_at = models.DateTimeField(null=True)  # she read the text and said so
    done_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "learning_watching"
        verbose_name = _("学习记录")
        constraints = [
            models.UniqueConstraint(fields=["lesson", "member"], name="one_watching_of_a_lesson"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} watches {self.lesson_id}"
