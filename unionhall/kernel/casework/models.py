from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from unionhall.base.encryption import EncryptedTextField
from unionhall.kernel.casework.stages import Stage, Stages, stages_of


class CaseQuerySet(models.QuerySet["Case"]):
    """Filters of cases."""

    def open(self) -> CaseQuerySet:
        """What has not ended."""
        return self.filter(closed_at=None)


class Case(models.Model):
    """A matter on its way: what kind, in which stage, who has it, and by when something must happen.

    What exactly is asked stands in the row of the chapter that opened it, which points here.
    """

    class Reminded(models.TextChoices):
        """Of which day of its term whoever must act was reminded."""

        NOT_YET = "", _("还没提醒")
        SOON = "soon", _("到期前提醒过")
        LATE = "late", _("过期提醒过")

    kind = models.CharField(_("种类"), max_length=40)
    stage = models.CharField(_("阶段"), max_length=24)
    title = EncryptedTextField(_("事由"))
    union = models.ForeignKey("unions.Union", models.PROTECT, related_name="cases")
    applicant = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="cases"
    )  # nobody: an officer asks for somebody who has no login
    member = models.ForeignKey(
        "members.Member", models.SET_NULL, null=True, related_name="cases"
    )  # whom it is about, if she is on a roll
    handler = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="handled_cases"
    )
    opened_at = models.DateTimeField()
    stage_at = models.DateTimeField()  # since when it is in this stage
    due_on = models.DateField(null=True)  # the last day of the stage's term, if it has one
    due_unknown = models.BooleanField(
        default=False
    )  # it has one, and nobody knows yet which days are worked
    reminded = models.CharField(
        max_length=8, choices=Reminded, default=Reminded.NOT_YET, blank=True
    )
    about = models.CharField(
        max_length=60, blank=True
    )  # of one kind, one is open about the same thing
    closed_at = models.DateTimeField(null=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        db_table = "casework_case"
        verbose_name = _("办的事")
        indexes = [
            models.Index(
                fields=["union", "due_on"], condition=Q(closed_at=None), name="case_open_of_union"
            ),
            models.Index(fields=["due_on"], condition=Q(closed_at=None), name="case_due"),
            models.Index(fields=["-opened_at", "-id"], name="case_newest"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "about"],
                condition=Q(closed_at=None) & ~Q(about=""),
                name="one_open_case_about_a_thing",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(due_on=None, due_unknown=False),
                name="what_has_ended_is_not_due",
            ),
            models.CheckConstraint(
                condition=Q(stage_at__gte=F("opened_at")), name="a_stage_begins_in_its_case"
            ),
            models.CheckConstraint(
                condition=~Q(due_on__isnull=False, due_unknown=True), name="due_or_unknown"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"

    @property
    def stages(self) -> Stages:
        """Its life cycle."""
        return stages_of(self.kind)

    @property
    def at(self) -> Stage:
        """The stage in which it is."""
        return self.stages.stage(self.stage)

    @property
    def page(self) -> str:
        """Where she who asked looks at it."""
        return reverse(self.stages.page, args=[self.pk])

    @property
    def desk_page(self) -> str:
        """Where officers do."""
        return reverse(self.stages.desk_page, args=[self.pk])


class Event(models.Model):
    """What happened to a case, in the order in which it did: its story, never changed."""

    class What(models.TextChoices):
        OPENED = "opened", _("提出")
        ADVANCED = "advanced", _("到下一步")
        ASSIGNED = "assigned", _("交给经办人")
        NOTED = "noted", _("记一笔")
        MOVED = "moved", _("转给别的工会")
        REMINDED = "reminded", _("提醒")

    case = models.ForeignKey(Case, models.CASCADE, related_name="events")
    what = models.CharField(max_length=12, choices=What)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    given_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )  # the new handler
    stage = models.CharField(max_length=24)  # in which the case is from then on
    text = EncryptedTextField(null=True)
    is_shown = models.BooleanField(default=False)  # to her who asked

    class Meta:
        db_table = "casework_event"
        indexes = [models.Index(fields=["case", "id"], name="event_of_case")]

    def __str__(self) -> str:
        return f"{self.what} of case {self.case_id}"


class CaseFile(models.Model):
    """A private paper of a case."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="files")
    file = models.OneToOneField("files.PrivateFile", models.CASCADE, related_name="+")
    event = models.ForeignKey(Event, models.CASCADE, related_name="files")
    is_shown = models.BooleanField(default=False)

    class Meta:
        db_table = "casework_file"

    def __str__(self) -> str:
        return f"file {self.file_id} of case {self.case_id}"
