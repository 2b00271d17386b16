from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Series(models.Model):
    """A lecture hall in phases, composed by an officer as one sentence per phase."""

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        PUBLISHED = "published", _("发布了")
        CLOSED = "closed", _("结束了")

    class OnePrize(models.TextChoices):
        EACH_PHASE = "each_phase", _("每一期都可以得一次")
        ONCE = "once", _("几期加起来只得一次")

    union = models.ForeignKey("unions.Union", models.PROTECT, related_name="lecture_series")
    title = models.CharField(_("名称"), max_length=80, blank=True)  # a draft may have none yet
    state = models.CharField(max_length=12, choices=State, default=State.DRAFT)
    one_prize = models.CharField(
        _("同一个人"), max_length=12, choices=OnePrize, default=OnePrize.EACH_PHASE
    )
    copied_from = models.ForeignKey("self", models.SET_NULL, null=True, related_name="copies")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    saved_from = models.CharField(max_length=32, blank=True)  # the page, of all that lie open
    version = models.PositiveIntegerField(default=1)  # of the draft; raised by each saving
    published_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "lectures_series"
        verbose_name = _("大讲堂")
        verbose_name_plural = _("大讲堂")

    def __str__(self) -> str:
        return self.title or f"#{self.pk}"


class Phase(models.Model):
    """One lecture with its quiz and its prizes.

    ``draft`` is the sentence as it was typed, right or not; publishing turns it into a contest,
    a pool and an offer, and from then on these say what holds.
    """

    series = models.ForeignKey(Series, models.CASCADE, related_name="phases")
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=80, blank=True)
    draft = models.JSONField(default=dict)
    added_from = models.CharField(
        max_length=32, blank=True, default=""
    )  # whose button asked for it
    lesson = models.ForeignKey(
        "learning.Lesson", models.PROTECT, null=True, related_name="lecture_phases"
    )
    contest = models.OneToOneField(
        "quiz.Contest", models.PROTECT, null=True, related_name="lecture_phase"
    )
    offer = models.OneToOneField(
        "welfare.VoucherOffer", models.PROTECT, null=True, related_name="lecture_phase"
    )
    closed_at = models.DateTimeField(null=True)
    closed_because = models.CharField(max_length=300, blank=True)  # when it was closed early

    class Meta:
        db_table = "lectures_phase"
        verbose_name = _("一期讲座")
        constraints = [
            models.UniqueConstraint(fields=["series", "number"], name="one_phase_of_a_number"),
            models.CheckConstraint(
                condition=models.Q(contest=None) | models.Q(lesson__isnull=False),
                name="a_published_phase_has_a_lesson",
            ),
        ]

    def __str__(self) -> str:
        return self.title or f"#{self.pk}"


class PlacesChange(models.Model):
    """The number of vouchers was changed while a phase ran; everybody entitled reads from what to what, and why."""

    phase = models.ForeignKey(Phase, models.CASCADE, related_name="places_changes")
    before = models.PositiveIntegerField()
    after = models.PositiveIntegerField()
    served = models.PositiveIntegerField()  # how many got theirs who had passed and found none left
    because = models.CharField(max_length=300)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        db_table = "lectures_places_change"

    def __str__(self) -> str:
        return f"{self.phase_id}: {self.before} → {self.after}"


class Mailing(models.Model):
    """An officer tells those whom a phase concerns; a sweep works through them in batches."""

    class Kind(models.TextChoices):
        NOT_STARTED = "not_started", _("提醒还没开始的人")
        CLOSED_EARLY = "closed_early", _("告诉参加过的人提前结束了")

    phase = models.ForeignKey(Phase, models.CASCADE, related_name="mailings")
    kind = models.CharField(max_length=12, choices=Kind)
    asked_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    after_member = models.BigIntegerField(default=0)  # everybody up to this id has been told
    sent = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "lectures_mailing"
        constraints = [
            models.UniqueConstraint(
                fields=["phase", "kind"],
                condition=models.Q(done_at=None),
                name="one_mailing_of_a_kind_at_work",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.phase_id} {self.kind}"


class KeptReport(models.Model):
    """The report of a phase for a great many, taken when it was asked for; a page says how old it is.

    Of a phase for fewer than lists count (``paging.COUNTED``) nothing is kept: it is counted anew.
    """

    phase = models.OneToOneField(Phase, models.CASCADE, related_name="kept_report")
    taken_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)  # somebody looked at it and found it old
    lines = models.JSONField()  # [[union, entitled, started, passed, won], …]

    class Meta:
        db_table = "lectures_kept_report"
        indexes = [
            models.Index(
                fields=["asked_at"],
                condition=models.Q(asked_at__isnull=False),
                name="reports_to_take",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.phase_id} {self.taken_at}"
