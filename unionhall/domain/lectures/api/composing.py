"""The officer's verbs from an empty sentence to a published lecture hall."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Annotated, Any, cast

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Field, Query, Router, Schema
from pydantic import ConfigDict

from unionhall.base.api import OnlyFor, QueryText, cleaned, paged
from unionhall.base.clock import now_in_database
from unionhall.base.written_text import without_invisible
from unionhall.domain.lectures import actions as lectures
from unionhall.domain.lectures import rules
from unionhall.domain.lectures.api.member import PromiseOut
from unionhall.domain.lectures.forms import (
    MOST_RULES,
    PhaseForm,
    SeriesForm,
    new_draft,
    phase_forms,
    rules_text,
    terms_of,
)
from unionhall.domain.lectures.models import Phase, Series
from unionhall.domain.lectures.queries import (
    Promise,
    checks_of,
    phases_for,
    promise_from,
    promise_of,
    searched,
    series_for,
)
from unionhall.people.accounts.models import User
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.queries import in_charge_of, tops_in_charge

router = Router(auth=OnlyFor(runs_unions))

Typed = Annotated[str | None, Field(None, max_length=200)]


class SeriesQuery(Schema):
    """``q`` is looked for in the titles of series and phases."""

    q: QueryText = ""
    state: Series.State | None = None


class SeriesLine(Schema):
    id: int
    title: str
    union: int = Field(alias="union_id")
    state: str
    phase_count: int
    opens_at: dt.datetime | None
    closes_at: dt.datetime | None


class CheckOut(Schema):
    """``state``: ok, warn (look again) or bad (stops the publishing)."""

    code: str
    state: str
    facts: dict[str, object]


class PhaseDraft(Schema):
    """``faults``: field -> what is wrong with it. ``promise`` is null until the sentence is whole.

    ``draft``: as it was typed; ``rules`` in it is a JSON text of them.
    """

    id: int
    number: int
    title: str
    contest: int | None
    draft: dict[str, str]
    faults: dict[str, list[str]]
    checks: list[CheckOut]
    promise: PromiseOut | None


class SeriesOut(Schema):
    """``ready``: whether it can be published as it stands.

    ``version``: of the draft; to be sent with what is based on it.
    """

    id: int
    version: int
    title: str
    union: int
    state: str
    one_prize: str
    phases: list[PhaseDraft]
    ready: bool


class RuleIn(Schema):
    """So many questions of a sort, beside the plain numbers. ``difficulty``: easy, medium or hard.

    ``category``: with what lies below it. What is left out or empty is any.
    """

    model_config = ConfigDict(extra="forbid")

    kind: Typed
    difficulty: Typed
    category: Typed
    tag: Typed
    count: Typed
    points: Typed


class SentenceIn(Schema):
    """A phase as it is typed, right or wrong: every field is a text, what is left out stays.

    Numbers in digits, ``face_value`` in yuan, moments as ``2026-11-20T09:00`` (Asia/Shanghai);
    ``under_union``, ``lesson``, ``bank``, ``merchant``: ids.
    """

    model_config = ConfigDict(extra="forbid")

    title: Typed
    under_union: Typed
    standing: Typed
    sex: Typed
    employment: Typed
    front_line: Typed
    opens_at: Typed
    closes_at: Typed
    lesson: Typed
    bank: Typed
    single_count: Typed
    single_points: Typed
    multiple_count: Typed
    multiple_points: Typed
    judge_count: Typed
    judge_points: Typed
    fill_count: Typed
    fill_points: Typed
    rules: list[RuleIn] | None = Field(None, max_length=MOST_RULES)
    minutes: Typed
    attempts: Typed
    pass_mark: Typed
    reveal: Typed
    winners_by: Typed
    places: Typed
    prize_title: Typed
    face_value: Typed
    merchant: Typed
    valid_days: Typed


class DraftIn(Schema):
    """What is left out stays. ``phases``: id of the phase -> its sentence.

    ``version``: the one that was read; a colleague's later saving is never written over.
    """

    version: int
    title: str | None = Field(None, max_length=80)
    union: int | None = None
    one_prize: Series.OnePrize | None = None
    phases: dict[int, SentenceIn] = {}


class PublishIn(Schema):
    """``version``: the one that was read; nothing is published that nobody has read."""

    version: int


@router.get("/", response=list[SeriesLine], operation_id="lectures_desk_list")
@paged()
def listed(request: HttpRequest, wanted: Query[SeriesQuery]) -> QuerySet[Series]:
    """The series that the officer is in charge of, what was touched last first."""
    return searched(series_for(_me(request)), text=wanted.q, state=wanted.state or "")


@router.post("/", response=SeriesOut, operation_id="lectures_desk_new")
def new(request: HttpRequest) -> dict[str, object]:
    """A draft with the usual numbers, for the top of what the officer runs."""
    union = tops_in_charge(request.user)[0]
    draft = new_draft(union, now_in_database())
    return _told(request, lectures.compose(union, by=_me(request), draft=draft))


@router.get("/{series_id}/", response=SeriesOut, operation_id="lectures_desk_series")
def series(request: HttpRequest, series_id: int) -> dict[str, object]:
    """A series, draft or published, with its phases."""
    return _told(request, _series(request, series_id))


@router.put("/{series_id}/draft/", response=SeriesOut, operation_id="lectures_desk_save")
def save(request: HttpRequest, series_id: int, given: DraftIn) -> dict[str, object]:
    """Keep what was typed, however unfinished; the answer says what is still wrong."""
    found = _series(request, series_id)
    _refuse_unknown(found, given)
    said: dict[str, Any] = {"fields": _fields(request, found, given), "phases": _typed(given)}
    page = lectures.Page(secrets.token_hex(16), given.version)
    lectures.save_draft(found, **said, by=_me(request), page=page)
    return _told(request, _series(request, series_id))


def _refuse_unknown(series: Series, given: DraftIn) -> None:
    """A phase that is not of this draft is not found; who read an older draft is told that instead."""
    known = series.phases.values_list("pk", flat=True)
    if given.version == series.version and not given.phases.keys() <= set(known):
        raise Phase.DoesNotExist


def _fields(request: HttpRequest, series: Series, given: DraftIn) -> dict[str, object]:
    """Only what was given: what stands here now may not be what stands there once it is locked."""
    kept = {"title": series.title, "union": series.union_id, "one_prize": series.one_prize}
    said = given.model_dump(include=set(kept), exclude_none=True)
    form = SeriesForm(kept | said, unions=in_charge_of(request.user))
    return {name: value for name, value in cleaned(form).items() if name in said}


def _typed(given: DraftIn) -> dict[int, dict[str, str]]:
    typed = {}
    for pk, sentence in given.phases.items():
        said = sentence.model_dump(exclude_none=True)
        if "rules" in said:
            said["rules"] = rules_text(said["rules"])
        typed[pk] = {name: without_invisible(text) for name, text in said.items()}
    return typed


@router.post("/{series_id}/phases/", response=SeriesOut, operation_id="lectures_desk_add_phase")
def add_phase(request: HttpRequest, series_id: int) -> dict[str, object]:
    """One phase more, with the sentence of the last one but for name, lecture, bank and dates."""
    found = _series(request, series_id)
    lectures.add_phase(found, by=_me(request))
    return _told(request, _series(request, series_id))


@router.delete("/phases/{phase_id}/", response=SeriesOut, operation_id="lectures_desk_drop_phase")
def drop_phase(request: HttpRequest, phase_id: int) -> dict[str, object]:
    """Take a phase out of a draft; the last one stays."""
    phase = _phase(request, phase_id)
    lectures.drop_phase(phase, by=_me(request))
    return _told(request, _series(request, phase.series_id))


@router.post("/{series_id}/publish/", response=SeriesOut, operation_id="lectures_desk_publish")
def publish(request: HttpRequest, series_id: int, given: PublishIn) -> dict[str, object]:
    """Each sentence becomes a contest, a pool and an offer; from then on they say what holds."""
    found, by = _series(request, series_id), _me(request)
    lectures.publish(found, read=terms_of, by=by, version=given.version)
    return _told(request, _series(request, series_id))


@router.post("/{series_id}/copy/", response=SeriesOut, operation_id="lectures_desk_copy")
def copy(request: HttpRequest, series_id: int) -> dict[str, object]:
    """A new draft with the same sentences; only the dates are left to be said."""
    return _told(request, lectures.copy_series(_series(request, series_id), by=_me(request)))


@router.get("/phases/{phase_id}/", response=PhaseDraft, operation_id="lectures_desk_preview")
def preview(request: HttpRequest, phase_id: int) -> dict[str, object]:
    """One phase with the promise that members read, or will read."""
    phase = _phase(request, phase_id)
    form = phase_forms(phase.series, _me(request))[phase]
    return _drafted(phase, form)


class TrialOut(Schema):
    attempt: int


@router.post("/phases/{phase_id}/trial/", response=TrialOut, operation_id="lectures_desk_trial")
def trial(request: HttpRequest, phase_id: int) -> dict[str, int]:
    """Sit the quiz oneself; it never counts. Go on with the attempt as a member does."""
    phase, by = _phase(request, phase_id), _me(request)
    return {"attempt": lectures.try_out(phase, read=terms_of, by=by).pk}


def _told(request: HttpRequest, series: Series) -> dict[str, object]:
    phases = [_drafted(phase, form) for phase, form in phase_forms(series, _me(request)).items()]
    fields = {
        name: getattr(series, name) for name in ("id", "version", "title", "state", "one_prize")
    }
    ready = series.state == Series.State.DRAFT and bool(series.title)
    return fields | {
        "union": series.union_id,
        "phases": phases,
        "ready": ready and all(_may_publish(phase) for phase in phases),
    }


def _may_publish(phase: dict[str, object]) -> bool:
    checks = cast("list[rules.Check]", phase["checks"])
    return phase["promise"] is not None and rules.may_publish(checks)


def _drafted(phase: Phase, form: PhaseForm) -> dict[str, object]:
    """A draft by its sentence; what was published by what holds."""
    is_draft = phase.series.state == Series.State.DRAFT
    terms = form.terms() if is_draft else None
    promise: Promise | None = promise_from(terms, phase.series) if terms else None
    fields = {name: getattr(phase, name) for name in ("id", "number", "title", "draft")}
    return fields | {
        "contest": phase.contest_id,
        "faults": {name: list(map(str, faults)) for name, faults in form.errors.items()}
        if is_draft
        else {},
        "checks": checks_of(terms) if terms else [],
        "promise": promise if is_draft else promise_of(phase),
    }


def _series(request: HttpRequest, series_id: int) -> Series:
    return series_for(_me(request)).get(pk=series_id)


def _phase(request: HttpRequest, phase_id: int) -> Phase:
    return phases_for(_me(request)).get(pk=phase_id)


def _me(request: HttpRequest) -> User:
    return cast("User", request.user)
