"""Whom a web bench lets ask: members with logins and open sessions, made quickly, and as a file for the floors."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection
from django.utils import timezone
from django.utils.crypto import get_random_string

from bench._replayed import Person
from unionhall.base.encryption import blind_index
from unionhall.kernel.allotment.tests.rows import a_crowd
from unionhall.people.accounts.models import PHONE, Session, User
from unionhall.people.accounts.sessions import SessionStore
from unionhall.people.members.models import ID_NUMBER, Member
from unionhall.people.unions.models import Union

TOKEN = "b" * 32  # of the form and its cookie: the same for all, as each checks only her own two


def odd_ids() -> None:
    """Ids that no other number is like, and no two tables share, so that recordings tell them apart."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(sequencename), row_number() OVER (ORDER BY sequencename) FROM pg_sequences "
            "WHERE schemaname = 'public'"
        )
        for name, nth in cursor.fetchall():
            cursor.execute("SELECT setval(%s, %s)", [name, nth * 1_000_000 + 7_919])


def signed_in(number: int, union: Union) -> list[Person]:
    """So many members of ``union``, each with a login and an open session."""
    members = a_crowd(number, union)
    phones = [f"{19950000000 + nth}" for nth in range(number)]
    users = User.objects.bulk_create(
        User(phone=phone, phone_index=blind_index(phone, purpose=PHONE)) for phone in phones
    )
    for member, user in zip(members, users, strict=True):
        member.user = user
        member.id_index = blind_index(member.id_number, purpose=ID_NUMBER)
    Member.objects.bulk_update(members, ["user", "id_index"], batch_size=1000)
    return [
        {"member": member.pk, "user": user.pk, "session": key}
        for member, user, key in zip(members, users, _sessions(users), strict=True)
    ]


def _sessions(users: Sequence[User]) -> list[str]:
    until = timezone.now() + dt.timedelta(days=1)
    (backend,) = settings.AUTHENTICATION_BACKENDS
    rows = [
        Session(
            session_key=get_random_string(32, "abcdefghijklmnopqrstuvwxyz0123456789"),
            session_data=SessionStore().encode(
                {
                    SESSION_KEY: str(user.pk),
                    BACKEND_SESSION_KEY: backend,
                    HASH_SESSION_KEY: user.get_session_auth_hash(),
                }
            ),
            expire_date=until,
        )
        for user in users
    ]
    Session.objects.bulk_create(rows)
    return [row.session_key for row in rows]


def cookies_of(person: Person) -> str:
    """As her browser sends them."""
    return f"sessionid={person['session']}; csrftoken={TOKEN}"


def keep(whom: Sequence[Person], path: Path) -> None:
    """For the floors, which are other processes."""
    path.write_text(json.dumps(whom))
