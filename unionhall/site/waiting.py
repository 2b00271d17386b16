"""What an officer's day is made of: what waits for her, what runs, what went wrong.

A chapter adds a source to ``SOURCES``: a function that is given the ``Desk`` and yields what waits, each with its day
or since when. The casework's steps with their deadlines belong there as well.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Count, Exists, Min, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from unionhall.base.exports.actions import AT_ONCE
from unionhall.base.exports.models import Export
from unionhall.base.exports.queries import exports_of
from unionhall.domain.lectures.models import Series
from unionhall.domain.lectures.queries import series_within
from unionhall.domain.quiz.models import BankImport
from unionhall.domain.quiz.queries.results import reviews_within
from unionhall.kernel.casework.queries import to_do_in_charge
from unionhall.kernel.notify.queries import given_up
from unionhall.people.members.models import BulkDeed, RollImport
from unionhall.people.members.queries import seen_by, transfers_to_answer, within
from unionhall.people.members.rules.transfers import WAIT
from unionhall.people.programs.queries import ending_within
from unionhall.people.unions.models import ListImport
from unionhall.people.unions.queries import in_charge_of, lists_within
from unionhall.people.unions.queries.terms import OVERDUE, SOON, terms_of
from unionhall.people.unions.rules.terms import REMINDED_BEFORE
from unionhall.people.webhooks.queries import deaf_within
from unionhall.site.templatetags.ui import nav_url

if TYPE_CHECKING:
    from unionhall.people.accounts.models import User

SHOWN = 20  # of one source
LAST_MINUTE = dt.time(23, 59)
LATELY = dt.timedelta(days=7)


class Waiting(NamedTuple):
    """One thing that waits for her; ``since``: somebody has waited from then on. ``icon``: of its kind."""

    title: str
    note: str
    url: str
    due_at: dt.datetime | None = None
    since: dt.datetime | None = None
    icon: str = "flag"


class Job(NamedTuple):
    """Something the house is at; without ``most`` nobody knows how far."""

    title: str
    url: str
    done: int = 0
    most: int = 0


class Trouble(NamedTuple):
    """Something that went wrong, and where it is seen to."""

    title: str
    note: str
    url: str


class Desk:
    """Who asks, of which unions, and when; what several sources read is read once."""

    def __init__(self, user: User, now: dt.datetime) -> None:
        self.user, self.now, self.unions = user, now, in_charge_of(user)

    @cached_property
    def rolls(self) -> list[RollImport]:
        """Those that wait for a yes, are on their way, or could not be read lately."""
        state = RollImport.State
        known = RollImport.objects.filter(union__in=self.unions).exclude(
            state__in=[state.DONE, state.DISCARDED, state.UNDONE, state.OPEN]
        )
        later = RollImport.objects.filter(
            union=OuterRef("union"), by=OuterRef("by"), pk__gt=OuterRef("pk")
        )
        replaced = Exists(later.exclude(state__in=[state.DISCARDED, state.UNREADABLE]))
        shown = known.select_related("union").defer("content").annotate(replaced=replaced)
        return list(shown.order_by("-created_at")[: 2 * SHOWN])

    @cached_property
    def lists(self) -> list[ListImport]:
        """The same of lists of unions."""
        state = ListImport.State
        over = [state.DONE, state.UNDONE, state.DISCARDED]
        known = lists_within(self.user, self.unions)
        return list(known.exclude(state__in=over)[:SHOWN])

    @cached_property
    def banks(self) -> list[BankImport]:
        """The same of files of questions."""
        state = BankImport.State
        known = BankImport.objects.filter(union__in=self.unions).exclude(
            state__in=[state.DONE, state.DISCARDED, state.UNDONE]
        )
        return list(known.select_related("union").defer("content").order_by("-pk")[:SHOWN])

    @cached_property
    def exports(self) -> list[Export]:
        """What she took along lately."""
        asked = exports_of(self.user).filter(asked_at__gt=self.now - LATELY)
        return list(asked[:SHOWN])


# == What waits ==


def reviews(desk: Desk) -> Iterator[Waiting]:
    """Members who asked that their result be looked at again; each has its day."""
    asked = reviews_within(desk.unions).filter(answered_at=None)
    for review in asked.order_by("due_at")[:SHOWN]:
        attempt = review.attempt
        note = _("{name}交卷后提出的").format(name=review.asker)
        title = _("复核《{title}》的成绩").format(title=attempt.contest.title)
        url = reverse("quiz_desk:review", args=[review.pk])
        yield Waiting(title, note, url, review.due_at, review.asked_at, "scale")


def matters(desk: Desk) -> Iterator[Waiting]:
    """Applications, corrections and changes that wait for an officer's answer; what is due first comes first."""
    for case in to_do_in_charge(desk.user)[:SHOWN]:
        note = _("{kind}，{union}").format(kind=case.stages.name, union=case.union.name)
        day = case.due_on and dt.datetime.combine(case.due_on, LAST_MINUTE)
        due_at = timezone.make_aware(day) if day else None
        yield Waiting(case.title, note, case.desk_page, due_at, case.opened_at, "user")


def transfers(desk: Desk) -> Iterator[Waiting]:
    """Members whom another union asks for; after some days those above may answer instead."""
    asked = list(transfers_to_answer(desk.unions)[:SHOWN])
    for seen in seen_by(desk.user, asked):
        if seen.may_answer:
            request = seen.request
            title = _("{name}的接转等你答复").format(name=request.member.name)
            note = _("{union}提出的").format(union=request.to_union.name)
            url = reverse("members_desk:transfer", args=[request.pk])
            asked_at = request.asked_at
            yield Waiting(title, note, url, asked_at + WAIT, asked_at, "move")


def rolls(desk: Desk) -> Iterator[Waiting]:
    """Rolls that were checked and then left lying."""
    for one in desk.rolls:
        if one.state != RollImport.State.CHECKED:
            continue
        note = _("{rows:,} 行，{union}").format(rows=one.rows, union=one.union.name)
        if one.replaced:  # type: ignore[attr-defined]  # annotated there
            note = _("{note}。你后来又传过一份，这份不要了就撤下来").format(note=note)
        title = _("名册“{file}”查过了，还没导入").format(file=one.file_name)
        url = nav_url("members_desk:roll_import", one.pk)
        yield Waiting(title, note, url, since=one.created_at, icon="people")


def lists(desk: Desk) -> Iterator[Waiting]:
    """Lists of unions that were checked and then left lying."""
    for one in desk.lists:
        if one.state != ListImport.State.CHECKED:
            continue
        rows = sum(one.counts.get("verdicts", {}).values())
        note = _("{rows:,} 行，{day:%Y-%m-%d} 传的").format(
            rows=rows, day=timezone.localtime(one.created_at)
        )
        title = _("工会台账“{file}”查过了，还没导入").format(file=one.file_name)
        url = nav_url("unions_desk:list_import", one.pk)
        yield Waiting(title, note, url, since=one.created_at, icon="building")


def banks(desk: Desk) -> Iterator[Waiting]:
    """Files of questions that were checked and then left lying."""
    for one in desk.banks:
        if one.state != BankImport.State.CHECKED:
            continue
        note = _("{rows:,} 行，进题库“{bank}”，{union}").format(
            rows=one.rows, bank=one.bank_name, union=one.union.name
        )
        title = _("题目“{file}”查过了，还没导入").format(file=one.file_name)
        url = reverse("quiz_desk:bank_import", args=[one.pk])
        yield Waiting(title, note, url, since=one.created_at, icon="book")


def drafts(desk: Desk) -> Iterator[Waiting]:
    """Lectures that nobody can see yet."""
    for series in series_within(desk.unions).filter(state=Series.State.DRAFT)[:SHOWN]:
        title = _("讲座草稿：{title}").format(title=series.title or _("还没起名"))
        note = _("{union}，最后改于 {day:%Y-%m-%d}").format(
            union=series.union.name, day=timezone.localtime(series.saved_at)
        )
        url = reverse("lectures_desk:compose", args=[series.pk])
        yield Waiting(title, note, url, icon="edit")


def terms(desk: Desk) -> Iterator[Waiting]:
    """Committees whose term has ended, and those whose ends in 90 days: a line each, to the list of just these."""
    today = timezone.localtime(desk.now).date()
    past = Q(term_ends_on__lt=today)
    known = terms_of(desk.unions).filter(term_ends_on__lte=today + dt.timedelta(REMINDED_BEFORE))
    ends = known.order_by().aggregate(
        overdue=Count("pk", filter=past),
        soon=Count("pk", filter=~past),
        oldest=Min("term_ends_on", filter=past),
        next=Min("term_ends_on", filter=~past),
    )
    page, note = reverse("unions_desk:terms"), _("最早的一个是 {day:%Y-%m-%d}")
    if n := ends["overdue"]:
        words = ngettext("{n} 个工会过了换届日期", "{n} 个工会过了换届日期", n).format(n=n)
        yield Waiting(
            words, note.format(day=ends["oldest"]), f"{page}?due={OVERDUE}", icon="ballot"
        )
    if n := ends["soon"]:
        words = ngettext("{n} 个工会 90 天内要换届", "{n} 个工会 90 天内要换届", n).format(n=n)
        due_at = timezone.make_aware(dt.datetime.combine(ends["next"], LAST_MINUTE))
        yield Waiting(
            words, note.format(day=ends["next"]), f"{page}?due={SOON}", due_at, icon="ballot"
        )


def ending_keys(desk: Desk) -> Iterator[Waiting]:
    """Keys of programs that will open nothing soon, and have no successor."""
    for key in ending_within(desk.unions)[:SHOWN]:
        title = _("“{name}”的密钥快到期了").format(name=key.name)
        note = _("用到{day}；换一把，新旧两把都能用七天").format(
            day=date_format(key.ends_on, "SHORT_DATE_FORMAT")
        )
        yield Waiting(title, note, reverse("programs_desk:index"), icon="shield")


def ready(desk: Desk) -> Iterator[Waiting]:
    """Long lists that were written for her, as long as they are kept."""
    for one in desk.exports:
        if one.state == Export.State.DONE and one.rows > AT_ONCE:
            note = ngettext("{n:,} 行，写好了", "{n:,} 行，写好了", one.rows).format(n=one.rows)
            title = _("下载：{title}").format(title=one.title)
            url = reverse("desk:export", args=[one.pk])
            yield Waiting(title, note, url, icon="download")


SOURCES: list[Callable[[Desk], Iterator[Waiting]]] = [
    *(reviews, matters, transfers, terms, ending_keys, rolls, lists, banks, drafts, ready),
]


def all_that_waits(desk: Desk) -> list[Waiting]:
    """What has a day in the order of days, then whoever has waited longest."""
    waiting = [one for source in SOURCES for one in source(desk)]
    never = dt.datetime.max.replace(tzinfo=dt.UTC)
    return sorted(waiting, key=lambda one: (one.due_at or never, one.since or never))


# == What runs, and what went wrong ==


def all_that_runs(desk: Desk) -> Iterator[Job]:
    """Jobs of the worker that are hers to see."""
    for deed in BulkDeed.objects.filter(by=desk.user, state=BulkDeed.State.RUNNING)[:SHOWN]:
        url = reverse("members_desk:bulk_deed", args=[deed.pk])
        words = _("{deed}，{n:,} 人").format(deed=deed.get_deed_display(), n=deed.people)
        yield Job(words, url)
    for roll in desk.rolls:
        url = nav_url("members_desk:roll_import", roll.pk)
        if roll.state == RollImport.State.RUNNING:
            yield Job(
                _("导入名册：{file}").format(file=roll.called), url, roll.next_place, roll.rows
            )
        elif roll.state == RollImport.State.RECEIVED:
            yield Job(_("检查名册：{file}").format(file=roll.called), url)
    for one in desk.lists:
        if one.state in {ListImport.State.RUNNING, ListImport.State.RECEIVED}:
            url = nav_url("unions_desk:list_import", one.pk)
            yield Job(
                _("工会台账：{file}").format(file=one.file_name), url, one.next_turn, one.turns
            )
    for export in desk.exports:
        if export.state in {Export.State.WAITING, Export.State.RUNNING}:
            url = reverse("desk:export", args=[export.pk])
            yield Job(
                _("导出：{title}").format(title=export.title), url, export.written, export.rows
            )


def all_that_went_wrong(desk: Desk) -> Iterator[Trouble]:
    """Of the last days."""
    for export in desk.exports:
        if export.state == Export.State.FAILED:
            url = reverse("desk:export", args=[export.pk])
            yield Trouble(_("没有写成：{title}").format(title=export.title), str(export.get_problem_display()), url)  # fmt: skip
    lately = desk.now - LATELY
    for roll in desk.rolls:
        if roll.state == RollImport.State.UNREADABLE and roll.created_at > lately:
            url = nav_url("members_desk:roll_import", roll.pk)
            yield Trouble(_("读不了：{file}").format(file=roll.called), roll.union.name, url)
    for one in desk.lists:
        if one.state == ListImport.State.UNREADABLE and one.created_at > lately:
            url = nav_url("unions_desk:list_import", one.pk)
            yield Trouble(_("读不了：{file}").format(file=one.file_name), _("工会台账"), url)
    for receiver in deaf_within(desk.unions)[:SHOWN]:
        words = _("“{name}”没听到该告诉它的事").format(name=receiver.name)
        url = reverse("webhooks_desk:receiver", args=[receiver.pk])
        yield Trouble(words, _("送了三天没送到，不再自己送了"), url)
    for delivery in given_up(within(desk.unions), since=lately)[:SHOWN]:
        member = delivery.message.member
        if member:
            words = _("没有送到{name}").format(name=member.name)
            url = reverse("members_desk:member", args=[member.pk])
            yield Trouble(words, _("试过几次，不再发了。看看手机号对不对"), url)
