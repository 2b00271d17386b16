from __future__ import annotations

import datetime as dt
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from unionhall.base.encryption import EncryptedTextField
from unionhall.domain.quiz.models.banks import Bank
from unionhall.domain.quiz.rules.papers import Slot
from unionhall.kernel.audience.fields import AudienceField
from unionhall.kernel.audience.rules import Audience
from unionhall.people.members.rules import masked_name


class ContestQuerySet(models.QuerySet["Contest"]):
    """Contests, filtered."""

    def within(self, unions: models.QuerySet[models.Model]) -> ContestQuerySet:
        """Contests that these unions run."""
        return self.filter(union__in=unions)


class Contest(models.Model):
    """A quiz that people sit: which questions, how long, who wins what; all may read the rules."""

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        PUBLISHED = "published", _("已发布")
        CLOSED = "closed", _("已结束")

    class WinnersBy(models.TextChoices):
        ORDER = "order", _("按交卷先后")
        LOT = "lot", _("在及格的人里抽签")
        SCORE = "score", _("按分数，同分看交卷先后")

    class Reveal(models.TextChoices):
        AFTER_HAND_IN = "after_hand_in", _("交卷后")
        AFTER_CLOSE = "after_close", _("活动结束后")
        NEVER = "never", _("不公布")

    union = models.ForeignKey("unions.Union", models.PROTECT, related_name="contests")
    title = models.CharField(_("标题"), max_length=120)
    bank = models.ForeignKey(Bank, models.PROTECT, related_name="contests")
    draw = models.JSONField(_("抽题"))  # read by rules.papers.rules_of: {"single": [25, 3], …}
    full_marks = models.PositiveIntegerField(_("满分"))
    pass_mark = models.PositiveIntegerField(_("及格分"))
    minutes = models.PositiveIntegerField(_("时长（分钟）"))
    attempts_allowed = models.PositiveIntegerField(
        _("可答次数"), default=1
    )  # 0: as often as one likes
    opens_at = models.DateTimeField(_("开始"), null=True)
    closes_at = models.DateTimeField(_("结束"), null=True)
    grace_seconds = models.PositiveIntegerField(
        default=30
    )  # for answers that are on their way at the deadline
    winners_by = models.CharField(
        _("怎样得奖"), max_length=8, choices=WinnersBy, default=WinnersBy.ORDER
    )
    prizes = models.ForeignKey("allotment.Pool", models.PROTECT, null=True, related_name="contests")
    prize_title = models.CharField(_("奖品"), max_length=80, blank=True)  # as winners are told
    audience = AudienceField(default=Audience)
    reveal = models.CharField(
        _("公布答案"), max_length=16, choices=Reveal, default=Reveal.AFTER_CLOSE
    )
    review_days = models.PositiveSmallIntegerField(_("复核期（天）"), default=3)  # after closing
    state = models.CharField(max_length=12, choices=State, default=State.DRAFT)
    passed = models.PositiveIntegerField(default=0)  # how many have passed; raised in commit order
    closed_at = models.DateTimeField(null=True)
    winners_link = models.CharField(max_length=64, blank=True)  # the last one, kept at closing

    objects: ClassVar[models.Manager[Contest]] = ContestQuerySet.as_manager()

    class Meta:
        db_table = "quiz_contest"
        verbose_name = _("答题")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(pass_mark__lte=models.F("full_marks")),
                name="pass_mark_can_be_reached",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def grace(self) -> dt.timedelta:
        """How long after the deadline an answer that was on its way still counts."""
        return dt.timedelta(seconds=self.grace_seconds)


class Admission(models.Model):
    """This member may sit this contest: the gate, opened by who knows what had to come first."""

    contest = models.ForeignKey(Contest, models.CASCADE, related_name="admissions")
    member = models.ForeignKey("members.Member", models.CASCADE, related_name="admissions")
    because = models.CharField(max_length=40, blank=True)
    admitted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "quiz_admission"
        verbose_name = _("能参加的答题")
        constraints = [models.UniqueConstraint(fields=["contest", "member"], name="admitted_once")]

    def __str__(self) -> str:
        return f"{self.member_id} to {self.contest_id}"


class Attempt(models.Model):
    """One sitting: its questions are drawn and shuffled when it starts, and stay."""

    class State(models.TextChoices):
        OPEN = "open", _("正在答")
        HANDED_IN = "handed_in", _("已交卷")
        EXPIRED = "expired", _("时间到，已代为交卷")  # what was saved counts like the rest

    SCORED = (State.HANDED_IN, State.EXPIRED)

    contest = models.ForeignKey(Contest, models.PROTECT, related_name="attempts")
    member = models.ForeignKey("members.Member", models.PROTECT, null=True, related_name="attempts")
    trial_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="trial_attempts"
    )
    nth = models.PositiveIntegerField(default=1)
    # In the order asked: [version id, order of its options, points], [[41, [2, 0, 1, 3], 3], …]
    paper = models.JSONField(default=list)
    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    handed_in_at = models.DateTimeField(null=True)
    score = models.PositiveIntegerField(null=True)
    passed_as = models.PositiveIntegerField(null=True)  # n-th to pass, by commit order
    prize = models.OneToOneField(
        "allotment.Claim", models.PROTECT, null=True, related_name="attempt"
    )
    prize_refusal = models.CharField(max_length=40, blank=True)  # the code of why there is none
    on_paper_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    salt = models.CharField(max_length=32)  # of the commitment in the winners' list; hers to know
    tallied = models.BooleanField(default=False, db_default=False)  # its answers are in the tallies

    class Meta:
        db_table = "quiz_attempt"
        verbose_name = _("答卷")
        constraints = [
            models.UniqueConstraint(fields=["contest", "member", "nth"], name="nth_attempt_once"),
            models.UniqueConstraint(
                fields=["contest", "member"],
                condition=models.Q(state="open"),
                name="one_open_attempt",
            ),
            models.UniqueConstraint(
                fields=["contest", "trial_by"],
                condition=models.Q(state="open"),
                name="one_open_trial",
            ),
            models.UniqueConstraint(fields=["contest", "passed_as"], name="a_passing_place_once"),
            models.UniqueConstraint(
                fields=["contest", "member"],
                condition=models.Q(passed_as__isnull=False),
                name="passes_a_contest_once",
            ),
            models.CheckConstraint(
                condition=models.Q(member=None, trial_by__isnull=False, passed_as=None, prize=None)
                | models.Q(member__isnull=False, trial_by=None),
                name="a_trial_never_counts",
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", score=None, handed_in_at=None)
                | models.Q(score__isnull=False, handed_in_at__isnull=False)
                & ~models.Q(state="open"),
                name="scored_when_handed_in",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state="open"), name="quiz_overdue"),
            models.Index(
                fields=["id"],
                condition=models.Q(state__in=["handed_in", "expired"], tallied=False),
                name="quiz_to_tally",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def slots(self) -> list[Slot]:
        """The paper as values."""
        return [Slot(*slot) for slot in self.paper]

    @property
    def is_trial(self) -> bool:
        """An officer's own run, which never counts."""
        return self.trial_by_id is not None

    @property
    def counts_for_figures(self) -> bool:
        """Whether its answers say something of the questions: a member's first, given here."""
        return not self.is_trial and self.nth == 1 and bool(self.paper)

    @property
    def passed(self) -> bool:
        """Whether the score reaches the pass mark."""
        return self.score is not None and self.score >= self.contest.pass_mark


class Answer(models.Model):
    """What was given to one question of an attempt, as it was given: letters as shown, or texts."""

    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="answers")
    position = models.PositiveSmallIntegerField()  # 1 is the first question
    given = models.JSONField(default=list)  # ["B"], ["A", "C"], ["true"], ["119", "120"]
    later = models.BooleanField(default=False)  # marked to come back to
    seq = models.PositiveIntegerField(
        default=1
    )  # how often it was saved; a page must know the newest
    saved_at = models.DateTimeField()

    class Meta:
        db_table = "quiz_answer"
        constraints = [
            models.UniqueConstraint(fields=["attempt", "position"], name="one_answer_to_a_question")
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id}:{self.position}"


class Review(models.Model):
    """A member asks that somebody look at a result again, and gets an answer by a day."""

    attempt = models.OneToOneField(Attempt, models.PROTECT, related_name="review")
    text = EncryptedTextField(_("哪里不对"))
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()  # when the answer is due
    answer = EncryptedTextField(_("答复"), null=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        db_table = "quiz_review"
        indexes = [
            models.Index(
                fields=["due_at"], condition=models.Q(answered_at=None), name="quiz_review_waits"
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def asker(self) -> str:
        """Her name; masked unless ``results.reviews_within`` found her among those whom one is in charge of."""
        name = self.attempt.member.name if self.attempt.member else ""
        return name if getattr(self, "in_charge", False) else masked_name(name)
