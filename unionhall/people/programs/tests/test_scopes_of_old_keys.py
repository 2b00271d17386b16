"""Keys that were issued before there were scopes keep what they could, and get nothing more."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.db import connection

GIVEN = import_module("unionhall.people.programs.migrations.0003_what_keys_could").GIVEN


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("may_read", "may_confirm", "scopes"),
    [
        (False, False, ["rolls:write"]),
        (True, False, ["rolls:write", "rolls:read"]),
        (False, True, ["rolls:write", "rolls:confirm"]),
        (True, True, ["rolls:write", "rolls:read", "rolls:confirm"]),
    ],
)
def test_an_old_key_keeps_what_it_could(may_read, may_confirm, scopes):
    """On the columns as they were, in a table of this session that stands before the real one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE programs_key "
            "(may_read boolean, may_confirm boolean, scopes varchar(24)[] NOT NULL) ON COMMIT DROP"
        )
        cursor.execute("INSERT INTO programs_key VALUES (%s, %s, '{}')", [may_read, may_confirm])
        cursor.execute(GIVEN)
        cursor.execute("SELECT scopes FROM programs_key")
        assert cursor.fetchone() == (scopes,)
