"""The officer's today: what waits for her, and what is running."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from django.db.models import Exists, OuterRef
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from unionhall.base.access import allowed
from unionhall.base.clock import now_in_database
from unionhall.domain.lectures.models import Phase, Series
from unionhall.domain.lectures.queries import given_out, phases_within, series_within
from unionhall.domain.quiz.models import BankImport
from unionhall.domain.quiz.queries.results import reviews_within
from unionhall.people.members.models import RollImport
from unionhall.people.members.queries import seen_by, transfers_to_answer
from unionhall.people.programs.queries import ending_within
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.models import ListImport
from unionhall.people.unions.queries import in_charge_of, lists_in_charge
from unionhall.people.webhooks.queries import deaf_within
from unionhall.site.home import greeting
from unionhall.site.templatetags.ui import nav_url

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    from unionhall.people.accounts.models import User
    from unionhall.people.unions.models import Union

RUNNING_SHOWN, WAITING_SHOWN = 6, 20


@dataclass(frozen=True)
class Waiting:
    """One thing that waits for her."""

    title: str
    note: str
    url: str
    due_at: dt.datetime | None = None


@dataclass(frozen=True)
class FirstStep:
    """One of the things that a first lecture needs."""

    icon: str
    title: str
    note: str
    url: str


@dataclass(frozen=True)
class Running:
    """A phase that goes on, with its numbers of this second."""

    phase: Phase
    capacity: int
    won: int = 0
    answering: int = 0
    handed_in: int = 0


@allowed(runs_unions)
def today(request: HttpRequest) -> HttpResponse:
    """What waits for her, then what is running."""
    user, now = cast("User", request.user), now_in_database()
    unions, local = in_charge_of(user), timezone.localtime(now)
    drafts, running = [*_drafts(unions)], _going_on(unions, now)
    sent_in = [*_rolls(unions), *_lists(user), *_banks(unions)]
    waiting = [
        *_reviews(unions),
        *_transfers(user, unions),
        *sent_in,
        *_unheard(unions),
        *_ending_keys(unions),
        *drafts,
    ]
    is_new = not (drafts or running or series_within(unions).exists())
    due = [
        one
        for one in waiting
        if one.due_at and timezone.localtime(one.due_at).date() <= local.date()
    ]
    context = {
        "now": now,
        "greeting": greeting(local, user.name),
        "sentence": _("先办第一期讲座。") if is_new else _sentence(len(due), len(waiting)),
        "first_steps": _first_steps() if is_new else [],
        "due": due,
        "waiting": [one for one in waiting if one not in due],
        "running": running,
        "tasks": len(waiting),
    }
    return render(request, "desk/today.html", context)


def _sentence(due: int, waiting: int) -> str:
    if due:
        return ngettext("今天有 {n} 件到期。", "今天有 {n} 件到期。", due).format(n=due)
    if waiting:
        return ngettext(
            "今天没有到期的，{n} 件在等你。", "今天没有到期的，{n} 件在等你。", waiting
        ).format(n=waiting)
    return _("没有事在等你。")


def _first_steps() -> list[FirstStep]:
    """What comes before a first lecture, in the order in which one thing needs the other."""
    told = (
        ("upload", _("导入名册"), _("谁是会员，在哪个工会"), "members_desk:import"),
        ("book", _("导入题库"), _("一张题目表，抽题用"), "quiz_desk:import"),
        ("play", _("讲座视频和讲稿"), _("一个视频，或者只要文字"), "learning_desk:index"),
        ("shop", _("商户"), _("有奖品才要：哪家店收券，谁来核销"), "welfare_desk:merchants"),
        ("gift", _("办讲座"), _("填完一句话，检查，发布"), "lectures_desk:index"),
    )
    return [FirstStep(icon, title, note, reverse(name)) for icon, title, note, name in told]


def _ending_keys(unions: QuerySet[Union]) -> Iterator[Waiting]:
    """Keys of programs that will open nothing soon, and have no successor."""
    for key in ending_within(unions)[:WAITING_SHOWN]:
        title = _("“{name}”的密钥快到期了").format(name=key.name)
        note = _("用到{day}；换一把，新旧两把都能用七天").format(
            day=date_format(key.ends_on, "SHORT_DATE_FORMAT")
        )
        yield Waiting(title, note, reverse("programs_desk:index"))


def _unheard(unions: QuerySet[Union]) -> Iterator[Waiting]:
    """Partners' systems that did not hear for days what they should be told."""
    for receiver in deaf_within(unions)[:WAITING_SHOWN]:
        title = _("“{name}”没听到该告诉它的事").format(name=receiver.name)
        note = _("送了三天没送到，不再自己送了")
        yield Waiting(title, note, reverse("webhooks_desk:receiver", args=[receiver.pk]))


def _reviews(unions: QuerySet[Union]) -> Iterator[Waiting]:
    """Members who asked that their result be looked at again; each has its day."""
    for review in (
        reviews_within(unions).filter(answered_at=None).order_by("due_at")[:WAITING_SHOWN]
    ):
        attempt = review.attempt
        note = _("{name}交卷后提出的").format(name=review.asker)
        title = _("复核《{title}》的成绩").format(title=attempt.contest.title)
        yield Waiting(title, note, reverse("quiz_desk:review", args=[review.pk]), review.due_at)


def _transfers(user: User, unions: QuerySet[Union]) -> Iterator[Waiting]:
    """Members whom another union asks for; the oldest request first."""
    asked = list(transfers_to_answer(unions)[:WAITING_SHOWN])
    for seen in seen_by(user, asked):
        if seen.may_answer:
            title = _("{name}的接转等你答复").format(name=seen.request.member.name)
            note = _("{union}提出的").format(union=seen.request.to_union.name)
            yield Waiting(title, note, reverse("members_desk:transfer", args=[seen.request.pk]))


def _rolls(unions: QuerySet[Union]) -> Iterator[Waiting]:
    """Rolls that were checked and then left lying."""
    checked = RollImport.objects.filter(union__in=unions, state=RollImport.State.CHECKED)
    later = RollImport.objects.filter(
        union=OuterRef("union"), by=OuterRef("by"), pk__gt=OuterRef("pk")
    )
    replaced = Exists(
        later.exclude(state__in=[RollImport.State.DISCARDED, RollImport.State.UNREADABLE])
    )
    shown = checked.select_related("union").defer("content").annotate(replaced=replaced)
    for one in shown.order_by("-created_at")[:WAITING_SHOWN]:
        note = _("{rows:,} 行，{union}").format(rows=one.rows, union=one.union.name)
        if one.replaced:
            note = _("{note}。你后来又传过一份，这份不要了就撤下来").format(note=note)
        title = _("名册“{file}”查过了，还没导入").format(file=one.file_name)
        yield Waiting(title, note, nav_url("members_desk:roll_import", one.pk))


def _lists(user: User) -> Iterator[Waiting]:
    """Lists of unions that were checked and then left lying."""
    for one in lists_in_charge(user).filter(state=ListImport.State.CHECKED)[:WAITING_SHOWN]:
        rows = sum(one.counts.get("verdicts", {}).values())
        note = _("{rows:,} 行，{day:%Y-%m-%d} 传的").format(
            rows=rows, day=timezone.localtime(one.created_at)
        )
        title = _("工会台账“{file}”查过了，还没导入").format(file=one.file_name)
        yield Waiting(title, note, nav_url("unions_desk:list_import", one.pk))


def _banks(unions: QuerySet[Union]) -> Iterator[Waiting]:
    """Files of questions that were checked and then left lying."""
    checked = BankImport.objects.filter(union__in=unions, state=BankImport.State.CHECKED)
    for one in checked.select_related("union").defer("content").order_by("-pk")[:WAITING_SHOWN]:
        note = _("{rows:,} 行，进题库“{bank}”，{union}").format(
            rows=one.rows, bank=one.bank_name, union=one.union.name
        )
        title = _("题目“{file}”查过了，还没导入").format(file=one.file_name)
        yield Waiting(title, note, reverse("quiz_desk:bank_import", args=[one.pk]))


def _drafts(unions: QuerySet[Union]) -> Iterator[Waiting]:
    """Lectures that nobody can see yet."""
    for series in series_within(unions).filter(state=Series.State.DRAFT)[:WAITING_SHOWN]:
        title = _("讲座草稿：{title}").format(title=series.title or _("还没起名"))
        note = _("{union}，最后改于 {day:%Y-%m-%d}").format(
            union=series.union.name, day=timezone.localtime(series.saved_at)
        )
        yield Waiting(title, note, reverse("lectures_desk:compose", args=[series.pk]))


def _going_on(unions: QuerySet[Union], now: dt.datetime) -> list[Running]:
    open_now = phases_within(unions).filter(
        closed_at=None, contest__opens_at__lte=now, contest__closes_at__gt=now
    )
    published = open_now.exclude(series__state=Series.State.DRAFT)
    phases = list(published.order_by("contest__closes_at", "pk")[:RUNNING_SHOWN])
    counts = given_out(phases)
    return [
        Running(phase, _capacity(phase), **counts.get(phase.contest_id or 0, {}))
        for phase in phases
    ]


def _capacity(phase: Phase) -> int:
    return phase.contest.prizes.capacity if phase.contest and phase.contest.prizes else 0
