"""The officer's lessons. A video is uploaded on the page; a text may come this way."""

from __future__ import annotations

import datetime as dt
from typing import cast

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Field, Router, Schema

from unionhall.base.api import OnlyFor, cleaned, paged
from unionhall.domain.learning import actions as learning
from unionhall.domain.learning.forms import LessonForm
from unionhall.domain.learning.models import Lesson
from unionhall.domain.learning.queries import lessons_within
from unionhall.people.accounts.models import User
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.queries import in_charge_of

router = Router()
desk = Router(auth=OnlyFor(runs_unions))
router.add_router("/desk", desk)


class LessonLine(Schema):
    """``kind``: video or text; ``seconds`` is nought for a text."""

    id: int
    union: int = Field(alias="union_id")
    title: str
    speaker: str
    kind: str
    seconds: int
    created_at: dt.datetime


class LessonOut(LessonLine):
    """``script`` in Markdown, ``captions`` in WebVTT."""

    script: str
    captions: str
    minimum_percent: int


class TextIn(Schema):
    """A lecture to be read, in Markdown."""

    union: int
    title: str = Field(max_length=80)
    speaker: str = Field("", max_length=40)
    script: str = Field(min_length=1)


@desk.get("/", response=list[LessonLine], operation_id="learning_desk_list")
@paged()
def lessons(request: HttpRequest) -> QuerySet[Lesson]:
    """The lessons of the officer's unions, newest first."""
    return lessons_within(in_charge_of(request.user))


@desk.post("/", response=LessonOut, operation_id="learning_desk_new")
def new_text(request: HttpRequest, given: TextIn) -> Lesson:
    """Publish a lecture to be read."""
    said = cleaned(LessonForm(given.model_dump(), unions=in_charge_of(request.user)))
    fields = {name: said[name] for name in ("union", "title", "speaker", "script")}
    return learning.publish_lesson(**fields, by=cast("User", request.user))


@desk.get("/{lesson_id}/", response=LessonOut, operation_id="learning_desk_lesson")
def lesson(request: HttpRequest, lesson_id: int) -> Lesson:
    """One lesson with its script and captions."""
    return lessons_within(in_charge_of(request.user)).get(pk=lesson_id)
