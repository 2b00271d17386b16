"""Compose: new, saved as typed, another phase, copied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from unionhall.base.clock import now_in_database
from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.domain.lectures.models import Phase, Series
from unionhall.domain.quiz import actions as quiz
from unionhall.people.accounts.models import User
from unionhall.people.unions.models import Union

Draft = Mapping[str, str]
NOT_COPIED = ("opens_at", "closes_at")  # last year's dates are the one thing that is surely wrong


class SavedMeanwhile(Refused):
    """Somebody saved the draft after the page was opened; ``series`` is what is kept now."""

    code = "saved_meanwhile"

    def __init__(self, series: Series) -> None:
        self.series = series
        super().__init__(_("没有保存，有人先存了。"), why=_who_saved(series), next=_next_step())


@dataclass(frozen=True)
class Page:
    """A page that lies open: its own word, and the version of the draft that it shows."""

    word: str
    version: int


def _who_saved(series: Series) -> str:
    at = timezone.localtime(series.saved_at)
    if series.saved_by is None or not series.saved_by.name:
        return _("你打开这一页以后，{at:%H:%M:%S} 又存过一次。").format(at=at)
    return _("你打开这一页以后，{name} 在 {at:%H:%M:%S} 存过一次。").format(
        name=series.saved_by.name, at=at
    )


def _next_step() -> str:
    return _("你写的都还在这一页上。看看哪里不同，再定用谁的。")


@transaction.atomic
def compose(union: Union, *, by: User, draft: Draft) -> Series:
    """A new series with its first phase."""
    series = Series.objects.create(
        union=union, created_by=by, saved_by=by, saved_at=now_in_database()
    )
    Phase.objects.create(series=series, number=1, draft=dict(draft))
    ledger.record("lectures.series_composed", series, by=by, union_id=union.pk)
    return series


@transaction.atomic
def save_draft(
    series: Series,
    *,
    fields: Mapping[str, object],
    phases: Mapping[int, Draft],
    by: User | None = None,
    page: Page | None = None,
) -> Series:
    """Keep what was typed, right or not. ``phases`` maps a phase's id to its sentence.

    Raises ``SavedMeanwhile`` when ``page`` shows an older draft, ``Refused`` when the series was
    published. No ledger line: a draft is nobody's business yet, and it is saved every few seconds.
    """
    series = locked_draft(series)
    if page and page.version != series.version and page.word != series.saved_from:
        raise SavedMeanwhile(series)
    new = {name: value for name, value in fields.items() if getattr(series, name) != value}
    drafts = _changed(series, phases)
    for name, value in new.items():
        setattr(series, name, value)
    if new or drafts:
        _count_saving(series, by=by, page=page)
    else:  # what a page sends as it is left must not make old what the next one shows
        series.saved_at = now_in_database()
        series.save(update_fields=["saved_at"])
    for phase, draft in drafts:
        phase.draft, phase.title = draft, draft.get("title", "")[:80]
        phase.save(update_fields=["draft", "title"])
    return series


def _changed(series: Series, phases: Mapping[int, Draft]) -> list[tuple[Phase, Draft]]:
    """The phases whose sentence is another one now, each with it."""
    drafts = [
        (phase, {**phase.draft, **phases[phase.pk]})
        for phase in series.phases.filter(pk__in=phases)
    ]
    return [(phase, draft) for phase, draft in drafts if draft != phase.draft]


def _count_saving(series: Series, *, by: User | None, page: Page | None = None) -> None:
    """A page's own savings are no news to it, even where their answers were lost on the way."""
    series.saved_at, series.saved_by = now_in_database(), by
    series.version, series.saved_from = series.version + 1, page.word if page else ""
    series.save()


@transaction.atomic
def add_phase(series: Series, *, by: User, page: Page | None = None) -> Phase:
    """One phase more: the same sentence as the last one, but for its name, lecture, bank and dates.

    Asked again from the same ``page``, which a double press does, the answer is the same phase.
    """
    series = locked_draft(series)
    word = page.word if page else ""
    if word and (added := series.phases.filter(added_from=word).first()):
        return added
    last = series.phases.order_by("-number").first()
    draft = dict(last.draft) if last else {}
    for name in ("title", "lesson", "bank", *NOT_COPIED):
        draft.pop(name, None)
    phase = Phase.objects.create(
        series=series, number=(last.number if last else 0) + 1, draft=draft, added_from=word
    )
    _count_saving(series, by=by, page=page)
    ledger.record("lectures.phase_added", phase, by=by, union_id=series.union_id)
    return phase


@transaction.atomic
def drop_phase(phase: Phase, *, by: User, page: Page | None = None) -> None:
    """Take a phase out of a draft; the last one stays, for a series without any is nothing."""
    series = locked_draft(phase.series)
    if series.phases.count() == 1:
        raise Refused(
            _("这一期没有去掉。"),
            why=_("大讲堂至少要有一期。"),
            next=_("不想办了，就让草稿放着。"),
            code="last_phase",
        )
    phase = series.phases.select_related("contest").get(pk=phase.pk)
    ledger.record("lectures.phase_dropped", phase, by=by, union_id=series.union_id)
    trial = phase.contest
    phase.delete()
    if trial is not None:
        quiz.discard_draft(trial, by=by)
    _count_saving(series, by=by, page=page)
    for number, rest in enumerate(series.phases.order_by("number"), start=1):
        Phase.objects.filter(pk=rest.pk).update(number=number)


@transaction.atomic
def copy_series(series: Series, *, by: User) -> Series:
    """A new draft with the same sentences; only the dates are left to be said."""
    copy = Series.objects.create(
        union=series.union,
        title=series.title,
        one_prize=series.one_prize,
        copied_from=series,
        created_by=by,
        saved_by=by,
        saved_at=now_in_database(),
    )
    for phase in series.phases.order_by("number"):
        draft = {name: value for name, value in phase.draft.items() if name not in NOT_COPIED}
        Phase.objects.create(series=copy, number=phase.number, title=phase.title, draft=draft)
    ledger.record(
        "lectures.series_copied", copy, by=by, union_id=copy.union_id, copied_from=series.pk
    )
    return copy


def locked_draft(series: Series) -> Series:
    """The series, ours until the end of the transaction; ``Refused`` when it is no draft any more."""
    free = Series.objects.select_related("union", "saved_by")
    locked = free.select_for_update(no_key=True, of=("self",)).get(pk=series.pk)
    if locked.state != Series.State.DRAFT:
        raise Refused(
            _("没有保存，已经发布了。"),
            why=_("发布以后，分数线和先后规则都锁定，参加的人要能信它。"),
            next=_("要改就提前结束，照原样复制一份再改。"),
            code="published",
        )
    return locked
