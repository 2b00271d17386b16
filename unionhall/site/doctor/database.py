"""The database as it is: its version, our role, its guards, its clock, what lies in it."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import DataError, connection, transaction
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from unionhall.base import rotation
from unionhall.base.clock import now_in_database
from unionhall.base.ledger.invariants import sleeping_guards
from unionhall.people.accounts.actions.sealing import stale_second_factors
from unionhall.site.doctor.findings import Finding, bad, fine, warn
from unionhall.site.operators.readiness import migrations_missing

OLDEST = 15
OFF_S, FAR_OFF_S = 2, 30  # of our clock from the database's
LARGEST = """
    SELECT relname, pg_total_relation_size(oid) FROM pg_class
    WHERE relkind IN ('r', 'm') AND relnamespace = 'public'::regnamespace ORDER BY 2 DESC LIMIT 3
"""
BLOATED = """
    SELECT relname FROM pg_stat_user_tables
    WHERE n_dead_tup > 100000 AND n_dead_tup > n_live_tup ORDER BY n_dead_tup DESC LIMIT 3
"""
# By using it: the list of all zones is read from six hundred files.
ZONE_USED = "SELECT now() AT TIME ZONE %s"
CONNECTIONS_OF_A_PROCESS = 20  # of its pool, see settings
OTHERS = 12  # worker, commands, and what the server keeps for itself


def version() -> Finding:
    """PostgreSQL 15 or newer."""
    number = int(str(_one("SHOW server_version_num"))) // 10_000
    if number < OLDEST:
        said = _("PostgreSQL 是 {n}，要 {oldest} 或更新。").format(n=number, oldest=OLDEST)
        return bad(said, _("升级数据库服务器，再启动。"))
    return fine(_("PostgreSQL {n}。").format(n=number))


def role() -> Finding:
    """Whoever serves pages can change neither roles nor the guards of the ledger."""
    powers = "SELECT rolsuper OR rolcreaterole OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    if _one(powers):
        return bad(
            _("网页用的数据库角色是超级用户，能绕过一切保护。"),
            _("给 DATABASE_URL 换一个普通角色；表的主人写在 DATABASE_OWNER_URL。"),
        )
    if _one("SELECT pg_get_userbyid(relowner) = current_user FROM pg_class WHERE oid = 'ledger_entry'::regclass"):  # fmt: skip
        return warn(
            _("网页用的角色就是台账的主人，它能关掉台账的保护。"),
            _("给 DATABASE_URL 换一个普通角色；表的主人写在 DATABASE_OWNER_URL。"),
        )
    return fine(_("网页用的数据库角色是普通角色。"))


def guards() -> Finding:
    """The triggers that keep the ledger as it is."""
    asleep = list(sleeping_guards())
    if asleep:
        said = _("台账的保护关着：{names}。").format(names=", ".join(asleep))
        return bad(said, _("查是谁关的，再由表的主人打开：ALTER TABLE … ENABLE TRIGGER …；然后 bin/manage audit。"))  # fmt: skip
    return fine(_("台账的保护都开着。"))


def migrations() -> Finding:
    """As many as this program has."""
    missing = migrations_missing()
    if missing:
        said = _("有 {n} 个升级步骤还没做，第一个是 {first}。").format(
            n=len(missing), first=missing[0]
        )
        return bad(said, _("运行 bin/manage migrate，再重启网页和后台。"))
    return fine(_("升级步骤都做了。"))


def cache_table() -> Finding:
    """Limits on sign-in are counted in it."""
    name = settings.CACHES["default"]["LOCATION"]
    if _one(f"SELECT to_regclass('{name}')") is None:
        said = _("缺一张表 {name}，登录的限制没处记。").format(name=name)
        return bad(said, _("运行 bin/manage migrate；还缺，运行 bin/manage createcachetable。"))
    return fine(_("登录的限制有处记。"))


def clock() -> Finding:
    """Ours against the database's, which decides."""
    asked = dt.datetime.now(dt.UTC)
    told = now_in_database()
    off = abs((told - asked).total_seconds())
    if off > OFF_S:
        said = _("这台机器的钟和数据库差 {n} 秒。").format(n=round(off))
        found = bad if off > FAR_OFF_S else warn
        return found(said, _("两台机器都开时间同步（systemd-timesyncd 或 chrony）。"))
    return fine(_("钟和数据库对得上。"))


def time_zone() -> Finding:
    """The database must know ours, for days begin by it."""
    try:
        with transaction.atomic():
            _one(ZONE_USED, settings.TIME_ZONE)
    except DataError:
        said = _("数据库不认得时区 {name}。").format(name=settings.TIME_ZONE)
        return bad(said, _("给数据库服务器装上时区数据（tzdata）。"))
    return fine(_("数据库认得时区 {name}。").format(name=settings.TIME_ZONE))


def sizes() -> Finding:
    """How large it is, and what is largest."""
    total = filesizeformat(_one("SELECT pg_database_size(current_database())"))
    largest = ", ".join(f"{name} {filesizeformat(size)}" for name, size in _rows(LARGEST))
    said = _("数据库共 {total}，最大的：{largest}。").format(total=total, largest=largest)
    bloated = ", ".join(str(name) for (name,) in _rows(BLOATED))
    if bloated:
        return warn(
            said + _("没清理的死行多过活行：{names}。").format(names=bloated),
            _("看 autovacuum 是不是关了；可以手工 VACUUM 这几张表。"),
        )
    return fine(said)


def old_keys() -> Finding:
    """Rows that still hang on keys which have a successor."""
    if len(settings.FIELD_KEYS) == len(settings.INDEX_KEYS) == 1:
        return fine(_("只有一把密钥，没有旧的。"))
    left = sum(rotation.count(one, one.stale()) for one in rotation.kept()) + stale_second_factors()
    if left:
        said = _("还有 {n} 行用着旧密钥。").format(n=left)
        return warn(said, _("运行 bin/manage rotate_keys，大家照常用。"))
    return warn(_("旧密钥已经没有用处。"), _("从 keys.json 里去掉旧的，重启网页和后台。"))


def connections() -> Finding:
    """Every process of the web server may fill its pool."""
    most = int(str(_one("SHOW max_connections")))
    wanted = settings.WEB_WORKERS * CONNECTIONS_OF_A_PROCESS + OTHERS
    facts = {"most": most, "wanted": wanted, "n": settings.WEB_WORKERS}
    if wanted > most:
        said = _("数据库只许 {most} 个连接，{n} 个网页进程最多要 {wanted} 个。").format(**facts)
        return bad(said, _("把 max_connections 调大，或者少开网页进程。"))
    return fine(_("数据库许 {most} 个连接，最多要 {wanted} 个。").format(**facts))


def _one(statement: str, *values: object) -> object:
    return _rows(statement, *values)[0][0]


def _rows(statement: str, *values: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        found: list[tuple[object, ...]] = cursor.fetchall()
    return found
