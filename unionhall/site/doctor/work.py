"""What goes on in it: the worker and its sweeps, messages, officers, imports, the calendar of holidays."""

from __future__ import annotations

import datetime as dt

from chinese_calendar import constants
from django.core.checks import ERROR
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from unionhall.domain.quiz.models import BankImport
from unionhall.kernel.notify.checks import check_channels
from unionhall.people.members.models import RollImport
from unionhall.people.unions.models import ListImport
from unionhall.site.doctor.findings import Finding, bad, fine, warn
from unionhall.site.operators.readiness import LATE_S, SILENT_S, worker_silent_and_late
from unionhall.site.second_factor import officers_without_second_factor
from unionhall.site.worker import SWEEPS

HANGING_MIN = 30
SLACK_S = 120  # a sweep may wait for another one
STUCK = dt.timedelta(hours=1)
CALENDAR_DAYS = (
    30  # before its end somebody should see to it: the State Council publishes in November
)
DUE = "SELECT task_name, extract(epoch FROM clock_timestamp()) - max(defer_timestamp) FROM procrastinate_periodic_defers GROUP BY 1"
HANGING = """
    SELECT task_name FROM procrastinate_jobs job WHERE status = 'doing' AND (
        SELECT max(at) FROM procrastinate_events WHERE job_id = job.id
    ) < clock_timestamp() - make_interval(mins => %s)
"""
IMPORTS = [(RollImport, "received running"), (ListImport, "received running"), (BankImport, "received running")]  # fmt: skip


def worker() -> Finding:
    """It sends, imports, seals."""
    silent, late = worker_silent_and_late()
    if silent is None or silent > SILENT_S:
        return bad(
            _("后台没有在跑：没有一个在 {n} 秒内报过到。").format(n=SILENT_S),
            _("systemctl start unionhall-worker；再看 journalctl -u unionhall-worker。"),
        )
    if late is None or late > LATE_S:
        return bad(
            _("后台在跑，但 {n} 秒内没有排过活。").format(n=LATE_S),
            _("重启 unionhall-worker，看它的日志。"),
        )
    return fine(_("后台在跑。"))


def sweeps() -> Finding:
    """Each was given to the queue in its time, and none hangs."""
    with connection.cursor() as cursor:
        cursor.execute(HANGING, [HANGING_MIN])
        hanging = [name for (name,) in cursor.fetchall()]
        cursor.execute(DUE)
        ages = dict(cursor.fetchall())
    if hanging:
        said = _("跑了 {n} 分钟还没完：{names}。").format(n=HANGING_MIN, names=", ".join(hanging))
        return warn(said, _("看后台的日志；卡住了就重启 unionhall-worker，它会接着做。"))
    late = [one.name for one in SWEEPS if _is_late(one.seconds, ages.get(one.name))]
    if late:
        said = _("有 {n} 件活过了时候没有排上，比如 {name}。").format(n=len(late), name=late[0])
        return warn(said, _("后台刚启动的话等一会儿再看；不是就重启 unionhall-worker。"))
    return fine(_("后台的 {n} 件活都按时。").format(n=len(SWEEPS)))


def _is_late(seconds: int, age: object) -> bool:
    """One of an hour or more need not have come up since the house was set up."""
    if age is None:
        return seconds < SLACK_S
    return float(str(age)) > 2 * seconds + SLACK_S


def messages() -> Finding:
    """Each channel says itself what is wrong with its settings."""
    found = check_channels(None)
    if not found:
        return fine(_("发消息的渠道都设好了。"))
    worst = max(found, key=lambda one: one.level)
    said = " ".join(str(one.msg) for one in found)
    tell = bad if worst.level >= ERROR else warn
    return tell(said, _("照 docs/howto/add-an-sms-vendor.md 写好 UNIONHALL_SMS 和它的账号。"))


def second_factors() -> Finding:
    """Whoever has power over others shows a second factor."""
    count = officers_without_second_factor().count()
    if count:
        said = _("有 {n} 位有职责的人还没有第二道验证。").format(n=count)
        return warn(said, _("没有它进不了工作台；请她们登录一次，照着做。"))
    return fine(_("有职责的人都有第二道验证。"))


def imports() -> Finding:
    """Rolls, lists of unions and banks of questions that wait for the worker for too long."""
    before = timezone.now() - STUCK
    count = sum(
        model.objects.filter(state__in=states.split(), created_at__lt=before).count()  # type: ignore[attr-defined]
        for model, states in IMPORTS
    )
    if count:
        said = _("有 {n} 份名册、名单或题库一小时了还没做完。").format(n=count)
        return warn(said, _("看后台在不在跑；在跑的话，日志里有它停在哪里。"))
    return fine(_("没有卡住的导入。"))


def holidays() -> Finding:
    """Deadlines in working days need the State Council's calendar of the year."""
    last = dt.date(max(constants.holidays).year, 12, 31)
    today = timezone.localdate()
    facts = {"day": f"{last:%Y-%m-%d}"}
    next_step = _("国务院十一月公布下一年的放假安排；升级 chinesecalendar 这个包。")
    if last < today:
        return bad(_("放假安排只到 {day}，工作日算不准了。").format(**facts), next_step)
    if (last - today).days < CALENDAR_DAYS:
        return warn(_("放假安排只到 {day}。").format(**facts), next_step)
    return fine(_("放假安排到 {day}。").format(**facts))
