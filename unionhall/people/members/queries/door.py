"""Who calls, by the cookies of the request alone and in one statement: for the routes that thousands press at once.

The session's row, the login, the person on the roll and her union are asked for together, at every request, so who
signed out, was stopped or was moved is so with the next one. What that statement cannot know, whose session it is,
stands in a second cookie that we signed when her page was drawn; without it the session is opened first.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.core import signing
from django.db import connection
from django.utils.crypto import constant_time_compare

from unionhall.people.accounts.models import User
from unionhall.people.accounts.sessions import SessionStore
from unionhall.people.members.models import Member

if TYPE_CHECKING:
    from collections.abc import Mapping

DOOR = "door"  # the cookie
SALT = "unionhall.door"

CALLER = """
    SELECT login.password, login.session_round, login.language, member.id, tree.path
    FROM accounts_session session
    JOIN accounts_user login ON login.id = %(user)s AND login.is_active
    LEFT JOIN members_member member ON member.user_id = login.id
    LEFT JOIN members_membership post ON post.member_id = member.id AND post.left_on IS NULL
    LEFT JOIN unions_union tree ON tree.id = post.union_id
    WHERE session.session_key = %(session)s AND session.expire_date > now()
"""


@dataclass(frozen=True)
class Caller:
    """Somebody signed in; ``path`` is that of the union where she is a member, empty where there is none."""

    user_id: int
    language: str
    member_id: int | None
    path: str

    @property
    def user(self) -> User:
        """Her login as far as it was asked for; what else a page wants of it is asked when it is wanted."""
        return User.from_db(
            connection.alias, ["id", "is_active", "language"], [self.user_id, True, self.language]
        )

    @property
    def member(self) -> Member | None:
        """Her row as far as deeds need it, its key and that of her login; the rest is asked when it is wanted."""
        if self.member_id is None:
            return None
        return Member.from_db(connection.alias, ["id", "user_id"], [self.member_id, self.user_id])


def caller(cookies: Mapping[str, str]) -> Caller | None:
    """Who is behind these cookies; ``None`` for nobody, a session that ended, a login that was stopped."""
    session = cookies.get(settings.SESSION_COOKIE_NAME, "")
    whose = _signed(cookies.get(DOOR, ""), session) or _of_session(session)
    if whose is None:
        return None
    user_id, bound_to = whose
    with connection.cursor() as cursor:
        cursor.execute(CALLER, {"user": user_id, "session": session})
        row = cursor.fetchone()
    if row is None or not _still_bound(row[0], row[1], bound_to):
        return None
    _password, _round, language, member_id, path = row
    return Caller(user_id, language, member_id, path or "")


def door_cookie(session: str, user: User) -> str:
    """What the second cookie says: whose session this is, and to what her sessions are bound."""
    parts = [_digest(session), str(user.pk), user.get_session_auth_hash()]
    return signing.Signer(salt=SALT).sign(":".join(parts))


def _signed(door: str, session: str) -> tuple[int, str] | None:
    try:
        digest, user_id, bound_to = signing.Signer(salt=SALT).unsign(door).split(":")
    except (signing.BadSignature, ValueError):
        return None
    return (int(user_id), bound_to) if constant_time_compare(digest, _digest(session)) else None


def _of_session(session: str) -> tuple[int, str] | None:
    """One statement more."""
    if not session:
        return None
    opened = SessionStore(session)
    user_id = str(opened.get(SESSION_KEY, ""))
    return (int(user_id), opened.get(HASH_SESSION_KEY, "")) if user_id.isdecimal() else None


def _still_bound(password: str, session_round: int, bound_to: str) -> bool:
    """Signing out everywhere changes what sessions are bound to."""
    now = User(password=password, session_round=session_round)
    return constant_time_compare(now.get_session_auth_hash(), bound_to)


def _digest(session: str) -> str:
    return sha256(session.encode()).hexdigest()
