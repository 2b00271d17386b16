"""The machine and how the house was set up on it: keys, disk, backups, the front, the files it serves."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import stat
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.utils.translation import gettext as _

from unionhall.base.ledger import anchor
from unionhall.base.ledger.queries import block_of, seconds_unanchored
from unionhall.base.provisions import backups_folder
from unionhall.site.doctor.findings import Finding, bad, fine, warn
from unionhall.site.operators.readiness import free_bytes, lowest_free_bytes

GB = 1 << 30
ROOMY_PART = 1 / 3
BACKUP_LATE_H, BACKUP_OLD_H = 26, 7 * 24
ANCHOR_LATE_S = 60 * 60
OTHERS_MAY = stat.S_IRWXG | stat.S_IRWXO
NEEDED = ["ui.css", "tokens.css", "ui.js", "vendored/htmx/htmx.min.js"]


def keys() -> Finding:
    """They open everything: nobody else may read them."""
    file = Path(settings.DATA) / "keys.json"
    if "UNIONHALL_SECRET_KEY" in os.environ:
        return fine(_("密钥写在环境变量里。"))
    if not file.exists():
        said = _("没有密钥文件 {file}。").format(file=file)
        return bad(said, _("从保管的地方放回来；没有它，证件号码和手机号谁也读不出来。"))
    found = file.stat()
    if found.st_mode & OTHERS_MAY:
        said = _("密钥文件 {file} 别人也能读。").format(file=file)
        return bad(said, _("运行 chmod 600 {file}；别人读过就要换密钥。").format(file=file))
    if found.st_uid != os.geteuid() and os.geteuid():
        said = _("密钥文件 {file} 是别的用户的。").format(file=file)
        return warn(said, _("让它归跑网页和后台的那个用户。"))
    return fine(_("密钥在，只有主人能读。"))


def disk() -> Finding:
    """A full disk stops writing."""
    free = free_bytes()
    facts = {"free": round(free / GB, 1)}
    if free < lowest_free_bytes():
        said = _("数据盘只剩 {free} GB，快写不下了。").format(**facts)
        return bad(said, _("腾地方或者换大的盘；备份最好放在别的盘。"))
    if free < shutil.disk_usage(settings.ROOT).total * ROOMY_PART:
        said = _("数据盘剩 {free} GB，不到三分之一。").format(**facts)
        return warn(said, _("看看什么在长：bin/manage doctor 的“数据库共”一行，和备份文件夹。"))
    return fine(_("数据盘剩 {free} GB。").format(**facts))


def backup() -> Finding:
    """The newest that was ended."""
    folder = backups_folder(Path(settings.DATA))
    ended = _newest_backup(folder)
    next_step = _(
        "运行 bin/backup，再运行 bin/restore --rehearse；让 unionhall-backup.timer 每夜跑。"
    )
    if ended is None:
        return bad(_("没有备份：{folder} 里没有一份完整的。").format(folder=folder), next_step)
    hours = round((dt.datetime.now(dt.UTC) - ended).total_seconds() / 3600)
    if hours > BACKUP_LATE_H:
        said = _("最近的备份是 {n} 小时以前的。").format(n=hours)
        return (bad if hours > BACKUP_OLD_H else warn)(said, next_step)
    return fine(_("最近的备份是 {n} 小时以前的。").format(n=hours))


def _newest_backup(folder: Path) -> dt.datetime | None:
    """When it ended, by its manifest, which is written last."""
    ended = []
    for manifest in folder.glob("*Z/manifest.json"):
        told = json.loads(manifest.read_text())
        ended.append(dt.datetime.fromisoformat(told["ended_at"]))
    return max(ended, default=None)


def ledger_anchor() -> Finding:
    """A line outside the database for each block of the ledger."""
    file = settings.LEDGER_ANCHOR
    if not anchor.is_there(file):
        said = _("没有台账的锚文件 {file}。").format(file=file)
        return bad(said, _("在后台那台机器上看；真丢了，查清楚再运行 bin/manage anchor --begin。"))
    line = anchor.newest(file)
    if line and block_of(line) is None:
        said = _("锚文件和台账对不上。")
        return bad(said, _("运行 bin/manage audit，看从哪一块起不对；不要重新开始锚。"))
    if (late := seconds_unanchored(line)) > ANCHOR_LATE_S:
        said = _("台账封好的块有 {n} 分钟没有写进锚文件。").format(n=round(late / 60))
        return warn(said, _("看后台的日志；锚文件要能写。"))
    return fine(_("锚文件跟得上台账，也对得上。"))


def front() -> Finding:
    """What the world sees of it, in the order of what is worst."""
    hosts = {*settings.ALLOWED_HOSTS} - {"localhost", "127.0.0.1", "[::1]"}
    for is_wrong, found, said, next_step in [
        (settings.DEBUG, bad, _("UNIONHALL_DEBUG 开着，出错时会把内部都给人看。"), _("关掉它。")),
        ("*" in hosts, bad, _("UNIONHALL_HOSTS 写了 *，谁都能冒名。"), _("只写你的域名。")),
        (settings.TEST_IDS and not settings.DEMO, bad, _("UNIONHALL_TEST_IDS 开着，假的证件号码也收。"), _("关掉它。")),
        (settings.DEMO, warn, _("UNIONHALL_DEMO 开着：演示页给谁看都行，短信只写在页面上。"), _("正式使用前关掉它。")),
        (not settings.HTTPS, bad, _("UNIONHALL_HTTPS 没开，密码和验证码明着走。"), _("前面放 nginx 和证书，再写 UNIONHALL_HTTPS=1。")),
        (not settings.PROXIES, bad, _("UNIONHALL_PROXIES 是 0：https 在谁那里解开没人知道，所有人都算一个地址。"), _("只有 nginx 就写 1，再多一层写 2。")),
        (not hosts, bad, _("UNIONHALL_HOSTS 只有本机，别处打不开。"), _("写上你的域名。")),
        (_is_open_to_all(), bad, _("/metrics 谁都能看。"), _("把 UNIONHALL_METRICS_NETWORKS 收窄，或者定一个 UNIONHALL_METRICS_TOKEN。")),
    ]:  # fmt: skip
        if is_wrong:
            return found(said, next_step)
    return fine(_("域名、https、代理都写好了。"))


def _is_open_to_all() -> bool:
    everybody = any(one.prefixlen == 0 for one in settings.METRICS_NETWORKS)
    return everybody and not settings.METRICS_TOKEN


def static_files() -> Finding:
    """Pages without them are bare."""
    missing = [name for name in NEEDED if finders.find(name) is None]
    catalogue = Path(settings.LOCALE_PATHS[0]) / "en/LC_MESSAGES/django.mo"
    missing += [] if catalogue.exists() else [catalogue.name]
    if missing:
        said = _("缺文件：{names}。").format(names=", ".join(missing))
        return bad(said, _("用 git status 看缺了什么，用 git checkout 取回来。"))
    return fine(_("页面要的文件都在。"))


def cores() -> Finding:
    """A process of the web server takes a core; the database and the worker want one, too."""
    here, processes = os.cpu_count() or 1, settings.WEB_WORKERS
    facts = {"n": processes, "cores": here}
    if processes > here:
        said = _("{cores} 个核开了 {n} 个网页进程，互相抢。").format(**facts)
        return warn(said, _("把 UNIONHALL_WORKERS 调到不多于核数。"))
    if processes == 1 and here >= 4:  # noqa: PLR2004 — database, worker and one more
        said = _("{cores} 个核只开了一个网页进程。").format(**facts)
        return warn(said, _("人多时会排队：UNIONHALL_WORKERS 可以开到核数减二。"))
    return fine(_("{cores} 个核，{n} 个网页进程。").format(**facts))
