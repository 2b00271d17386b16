from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from unionhall.base.clock import now_in_database
from unionhall.base.errors import Refused
from unionhall.base.files import actions as files
from unionhall.base.files.models import PrivateFile
from unionhall.base.ledger import actions as ledger
from unionhall.domain.learning.models import Lesson, Watching
from unionhall.domain.learning.rules import captions, mp4
from unionhall.domain.learning.rules import watching as rules
from unionhall.people.accounts.models import User
from unionhall.people.members.models import Member
from unionhall.people.unions.models import Union


@dataclass(frozen=True)
class Report:
    """The answer to a report: ``settled[i]`` says that piece ``i`` need not be sent again."""

    watching: Watching
    settled: list[bool]


@transaction.atomic
def publish_lesson(
    *,
    union: Union,
    title: str,
    speaker: str = "",
    video: File[bytes] | None = None,
    script: str = "",
    by: User,
) -> Lesson:
    """Keep a video with its captions, or a text. Its length is read from the file, not believed.

    Raises ``Refused``: the file is no mp4; there is neither a video nor a text.
    """
    if video is None and not script.strip():
        raise Refused(
            _("这一讲还是空的。"),
            why=_("既没有视频，也没有讲稿。"),
            next=_("传一个 mp4 视频，或者写下讲稿。"),
            code="empty_lesson",
        )
    length_ms = _length_of(video) if video else 0
    kept = _kept(video, by=by) if video else None
    lesson = Lesson.objects.create(
        union=union,
        title=title,
        speaker=speaker,
        kind=Lesson.Kind.VIDEO if video else Lesson.Kind.TEXT,
        video=kept,
        milliseconds=length_ms,
        script=script,
        captions=captions.captions_from(script, length_ms=length_ms),
        created_by=by,
    )
    ledger.record(
        "learning.lesson_published", lesson, by=by, union_id=union.pk, milliseconds=length_ms
    )
    return lesson


def _kept(video: File[bytes], *, by: User) -> PrivateFile:
    return files.keep(video, name=video.name or "lesson.mp4", content_type="video/mp4", by=by)


def _length_of(video: File[bytes]) -> int:
    try:
        return mp4.length_ms(video)
    except mp4.NotMp4Error:
        raise Refused(
            _("这个视频放不出来。"),
            why=_("它不是完整的 mp4 文件，读不到时长。"),
            next=_("用手机或电脑另存为 mp4（H.264），再传一次。"),
            code="not_mp4",
        ) from None


@transaction.atomic
def open_player(lesson: Lesson, *, member: Member) -> str:
    """Make a player the one that counts, of all lessons; its token. The one before earns no more."""
    Member.objects.select_for_update(no_key=True).get(pk=member.pk)  # one opening at a time
    watching = _locked(lesson, member)
    token = secrets.token_urlsafe(24)
    Watching.objects.filter(member=member).exclude(pk=watching.pk).exclude(player="").update(
        player=""
    )
    watching.player = token
    watching.last_seen_at = now_in_database()
    watching.save(update_fields=["player", "last_seen_at"])
    return token


@transaction.atomic
def report_watched(
    lesson: Lesson,
    *,
    member: Member,
    player: str,
    pieces: Sequence[rules.Interval],
    position_ms: int | None = None,
) -> Report:
    """Credit what ``player`` has played, as far as the wall clock allows it.

    Raises ``Refused`` with code ``other_player`` when another player has been opened since.
    """
    watching = _locked(lesson, member)
    if not player or watching.player != player:
        raise Refused(
            _("这一讲在别处打开了，这里先停下。"),
            why=_("同一时间只算一个播放器。这里看过的，到刚才为止都已记下。"),
            next=_("想在这里看，再点一次播放。"),
            code="other_player",
        )
    settled = _credit(watching, lesson, pieces)
    if position_ms is not None:
        watching.position_ms = max(0, min(position_ms, lesson.milliseconds))
    watching.save()
    return Report(watching, settled)


def _locked(lesson: Lesson, member: Member) -> Watching:
    """Her row of this lesson, made when there is none, locked until the end of the transaction."""
    watching = Watching.objects.select_for_update().filter(lesson=lesson, member=member).first()
    return watching or open_text(lesson, member=member)


def _credit(watching: Watching, lesson: Lesson, pieces: Sequence[rules.Interval]) -> list[bool]:
    before = rules.Progress(
        rules.merged(watching.intervals), watching.budget_ms, watching.last_seen_at
    )
    now = now_in_database()
    after, settled = rules.accept(before, now, pieces, length_ms=lesson.milliseconds)
    watching.intervals = [list(interval) for interval in after.intervals]
    watching.covered_ms = after.covered_ms
    watching.budget_ms = after.budget_ms
    watching.last_seen_at = now
    if not watching.done_at and lesson.is_video and _is_enough(watching, lesson):
        _finish(watching, now)
    return settled


def _is_enough(watching: Watching, lesson: Lesson) -> bool:
    return rules.is_enough(
        watching.covered_ms, length_ms=lesson.milliseconds, minimum_percent=lesson.minimum_percent
    )


def _finish(watching: Watching, now: dt.datetime) -> None:
    watching.done_at = now
    ledger.record(
        "learning.lesson_finished", watching, by=watching.member.user, lesson=watching.lesson_id
    )


@transaction.atomic
def open_text(lesson: Lesson, *, member: Member) -> Watching:
    """Note when she first opened it; opening it again changes nothing."""
    now = now_in_database()
    watching, _made = Watching.objects.select_for_update().get_or_create(
        lesson=lesson,
        member=member,
        defaults={"opened_at": now, "last_seen_at": now, "budget_ms": rules.SLACK_MS},
    )
    return watching


@transaction.atomic
def read_text(lesson: Lesson, *, member: Member) -> Watching:
    """She says that she has read it. Raises ``Refused`` with code ``too_early``, and says how long yet."""
    watching = _locked(lesson, member)
    now = now_in_database()
    needed = rules.reading_time(lesson.script, video_ms=lesson.milliseconds)
    left = watching.opened_at + needed - now
    if watching.done_at:
        return watching
    if left > dt.timedelta():
        raise Refused(
            _("还早了一点，没有记成读完。"),
            why=_("这一讲最快也要读 {minutes} 分 {seconds:02} 秒，从第一次打开算起。").format(
                **_minutes(needed)
            ),
            next=_("再过 {minutes} 分 {seconds:02} 秒，点“我读完了”就行，这一页不用关。").format(
                **_minutes(left)
            ),
            code="too_early",
        )
    watching.read_at = now
    _finish(watching, now)
    watching.save()
    return watching


def _minutes(span: dt.timedelta) -> dict[str, int]:
    minutes, seconds = divmod(-(-span // dt.timedelta(seconds=1)), 60)
    return {"minutes": minutes, "seconds": seconds}
