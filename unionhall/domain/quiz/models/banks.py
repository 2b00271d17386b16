from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from unionhall.domain.quiz.rules.statistics import Sums


class Bank(models.Model):
    """A union's collection of questions."""

    union = models.ForeignKey("unions.Union", models.PROTECT, related_name="banks")
    name = models.CharField(_("题库名称"), max_length=80)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "quiz_bank"
        verbose_name = _("题库")
        constraints = [
            models.UniqueConstraint(fields=["union", "name"], name="bank_name_once_in_a_union")
        ]

    def __str__(self) -> str:
        return self.name


class Question(models.Model):
    """A question as such. What it says stands in its versions, of which one is current."""

    bank = models.ForeignKey(Bank, models.PROTECT, related_name="questions")
    stem_hash = models.CharField(
        max_length=64
    )  # of the current stem without space, punctuation, case
    retired_at = models.DateTimeField(null=True)  # no longer drawn
    batch_id = models.BigIntegerField(null=True)  # the ledger entry of the import it came with
    # How often it was drawn, nearly: a start that would have to wait for the row does not count.
    uses = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        db_table = "quiz_question"
        verbose_name = _("题目")
        constraints = [
            models.UniqueConstraint(fields=["bank", "stem_hash"], name="a_stem_once_in_a_bank")
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class QuestionVersion(models.Model):
    """What a question said until its next edit. Never changed: past attempts keep theirs."""

    class Kind(models.TextChoices):
        SINGLE = "single", _("单选题")
        MULTIPLE = "multiple", _("多选题")
        JUDGE = "judge", _("判断题")
        FILL = "fill", _("填空题")

    class Difficulty(models.TextChoices):
        EASY = "easy", _("易")
        MEDIUM = "medium", _("中")
        HARD = "hard", _("难")

    question = models.ForeignKey(Question, models.PROTECT, related_name="versions")
    nth = models.PositiveIntegerField(default=1)
    current = models.BooleanField(default=True)
    kind = models.CharField(_("题型"), max_length=8, choices=Kind)
    stem = models.TextField(_("题干"))
    options = models.JSONField(_("选项"), default=list)  # texts; the first is A
    # Choices: ["A", "C"]. Judge: [true]. Fill: the accepted texts of each blank, [["3", "三"]].
    answer = models.JSONField(_("答案"))
    difficulty = models.CharField(
        _("难度"), max_length=8, choices=Difficulty, default=Difficulty.MEDIUM
    )
    score = models.DecimalField(
        _("分值"), max_digits=5, decimal_places=2
    )  # as the bank says; a contest has its own
    explanation = models.TextField(_("解析"), blank=True)
    category = models.CharField(_("分类"), max_length=200, blank=True)  # a path, "安全/用气"
    tags = ArrayField(
        models.CharField(max_length=40), verbose_name=_("知识点"), default=list, blank=True
    )
    pictured = models.BooleanField(default=False, db_default=False)  # most are not: no need to look
    name = models.CharField(max_length=80, blank=True)  # what the file it came from calls it
    source = models.CharField(max_length=80, blank=True)  # "sheet!row" of the file it came from
    written_at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "quiz_question_version"
        verbose_name = _("题目")
        constraints = [
            models.UniqueConstraint(fields=["question", "nth"], name="version_of_a_question_once"),
            models.UniqueConstraint(
                fields=["question"], condition=models.Q(current=True), name="one_current_version"
            ),
        ]

    def __str__(self) -> str:
        return self.stem[:40]


class QuestionPicture(models.Model):
    """What a version shows below its stem or beside an option; several versions may show one file."""

    version = models.ForeignKey(
        QuestionVersion, models.CASCADE, related_name="pictures", db_index=False
    )  # the constraint below has an index that begins with it
    nth = models.PositiveSmallIntegerField()  # from 1; those of the stem first
    option = models.CharField(max_length=1, blank=True)  # its letter; empty: below the stem
    file = models.ForeignKey("files.PrivateFile", models.PROTECT, related_name="+")
    text = models.CharField(_("图里是什么"), max_length=200, blank=True)  # for who cannot see
    digest = models.CharField(
        max_length=64, blank=True
    )  # SHA-256: a picture we drew, if it returns

    class Meta:
        db_table = "quiz_question_picture"
        constraints = [
            models.UniqueConstraint(fields=["version", "nth"], name="picture_of_a_version_once")
        ]
        indexes = [models.Index(fields=["digest"], name="quiz_picture_digest")]

    def __str__(self) -> str:
        return f"{self.version_id}: {self.nth}"


class QuestionTally(models.Model):
    """How a version fared in handed-in papers, each member's first of a contest: sums to add to.

    From them come facility and discrimination (``rules.statistics``), kept for sorting; null
    while too few were asked.
    """

    version = models.OneToOneField(
        QuestionVersion, models.CASCADE, primary_key=True, related_name="tally"
    )
    asked = models.PositiveIntegerField(default=0)
    right = models.PositiveIntegerField(default=0)
    rest = models.FloatField(default=0)  # sum of the shares of the other questions' points
    rest_squared = models.FloatField(default=0)
    rest_of_right = models.FloatField(default=0)  # of those who had this one right
    chosen = models.JSONField(default=dict)  # letter of the question, "true"/"false" -> how often
    facility = models.FloatField(null=True)
    discrimination = models.FloatField(null=True)

    class Meta:
        db_table = "quiz_question_tally"

    def __str__(self) -> str:
        return f"{self.version_id}: {self.right}/{self.asked}"

    @property
    def sums(self) -> Sums:
        """The sums as a value; a mark is 0 or 1, and so is its square."""
        return Sums(
            self.asked, self.right, self.right, self.rest, self.rest_squared, self.rest_of_right
        )

    @sums.setter
    def sums(self, sums: Sums) -> None:
        self.asked, self.right = sums.papers, int(sums.mark)
        self.rest, self.rest_squared = sums.rest, sums.rest_squared
        self.rest_of_right = sums.mark_by_rest
