"""Why an attempt cannot start or an answer cannot be saved, in words."""

from __future__ import annotations

import datetime as dt

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from unionhall.base.errors import Refused
from unionhall.domain.quiz.models import Answer, Attempt, Contest


class NotAdmitted(Refused):
    """What has to come first has not been done."""

    code = "not_admitted"

    def __init__(self) -> None:
        super().__init__(
            _("现在还不能答题。"), why=_("讲座还没有看完。"), next=_("看完讲座，这里就会打开。")
        )


class NotInAudience(Refused):
    """It is for others."""

    code = "not_for_you"

    def __init__(self, audience: str) -> None:
        super().__init__(
            _("这次答题不是面向你的。"),
            why=_("参加对象：%(audience)s。") % {"audience": audience},
            next=_("如果你的资料不对，请工会干事改正。"),
        )


class NotOpenYet(Refused):
    """Before its opening, or not published at all."""

    code = "not_open"

    def __init__(self, contest: Contest) -> None:
        opens = contest.opens_at
        why = _("%(at)s 开始。") % {"at": _moment(opens)} if opens else _("还没有发布。")
        super().__init__(_("还没开始。"), why=why, next=_("到时间再来。"))


class Closed(Refused):
    """After its close."""

    code = "closed"

    def __init__(self, contest: Contest) -> None:
        at = contest.closes_at or contest.closed_at
        why = _("截止时间是 %(at)s。") % {"at": _moment(at)} if at else ""
        super().__init__(_("已经截止了。"), why=why, next=_("下一期还可以参加。"))


class AlreadyPassed(Refused):
    """One passing attempt is enough."""

    code = "already_passed"

    def __init__(self, attempt: Attempt) -> None:
        why = _("%(at)s 交的那一次得了 %(score)s 分，已经及格。") % {
            "at": _moment(attempt.handed_in_at),
            "score": attempt.score,
        }
        super().__init__(_("你已经及格了，不用再答。"), why=why, next=_("看看你的结果。"))


class NoAttemptsLeft(Refused):
    """As often as allowed."""

    code = "no_attempts_left"

    def __init__(self, allowed: int) -> None:
        super().__init__(
            _("不能再答了。"),
            why=_("每人可以答 %(allowed)s 次，你都用过了。") % {"allowed": allowed},
            next=_("对结果有疑问，可以在结果页申请复核。"),
        )


class TimeIsUp(Refused):
    """The server's clock has passed the deadline and the grace."""

    code = "time_is_up"

    def __init__(self, attempt: Attempt) -> None:
        super().__init__(
            _("时间到了，这一题没有存上。"),
            why=_("这次答题到 %(at)s 为止。") % {"at": _moment(attempt.due_at)},
            next=_("之前存好的答案都算数，去看结果。"),
        )


class HandedInAlready(Refused):
    """Nothing can be changed any more."""

    code = "handed_in_already"

    def __init__(self, attempt: Attempt) -> None:
        super().__init__(
            _("已经交卷了，这一题没有改。"),
            why=_("交卷时间是 %(at)s。") % {"at": _moment(attempt.handed_in_at)},
            next=_("去看结果。"),
        )


class OutOfSequence(Refused):
    """It was answered elsewhere since this page was shown; ``newest`` is what is stored."""

    code = "out_of_sequence"

    def __init__(self, newest: Answer | None) -> None:
        self.newest = newest
        at = _moment(newest.saved_at) if newest else ""
        super().__init__(
            _("这一题没有存：它在另一个页面改过了。"),
            why=_("那边在 %(at)s 存的。你这边填的还在下面。") % {"at": at},
            next=_("要用这边的答案，再点一次保存。"),
        )


class NoAnswer(Refused):
    """What was sent is no answer to this question."""

    code = "no_answer"

    def __init__(self) -> None:
        super().__init__(
            _("这一题没有存。"), why=_("送来的不是这道题的选项。"), next=_("刷新这一页，再选一次。")
        )


def _moment(at: dt.datetime | None) -> str:
    return date_format(localtime(at), "m-d H:i:s") if at else ""
