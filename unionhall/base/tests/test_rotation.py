"""Keys are changed while people sign in, are looked up and are written."""

from __future__ import annotations

import base64
import io
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, connections, models
from django.test import override_settings

from unionhall.base import rotation
from unionhall.base.encryption import BlindIndexField, EncryptedTextField
from unionhall.base.provisions import ROOT
from unionhall.people.accounts.adapters import SecondFactorAdapter
from unionhall.people.accounts.models import User
from unionhall.people.members.actions import forget_old_rolls  # noqa: F401 - all models are known

OLD = max(settings.FIELD_KEYS)
NEW = OLD + 1
BOTH = {
    "FIELD_KEYS": settings.FIELD_KEYS | {NEW: base64.b64encode(b"f" * 32).decode()},
    "INDEX_KEYS": settings.INDEX_KEYS | {NEW: base64.b64encode(b"i" * 32).decode()},
}
ONLY_NEW = {name: {NEW: keys[NEW]} for name, keys in BOTH.items()}
HELD_OUT = {
    "accounts_sign_in_code.code_hash",
    "accounts_sign_in_code.asked_from",
    "accounts_arrival.state_hash",
}  # forgotten soon


def phone(number: int) -> str:
    return f"1990000{number:04}"


def people(number: int) -> None:
    for one in range(number):
        User.objects.create_user(phone(one), name="周白露")


def rotate(*words: str) -> tuple[int, str]:
    """The exit code, and what was said."""
    said = io.StringIO()
    try:
        call_command("rotate_keys", *words, stdout=said)
    except SystemExit as ended:
        return int(ended.code or 0), said.getvalue()
    return 0, said.getvalue()


def test_every_index_of_something_sealed_is_declared() -> None:
    """Control: the same list with the declared ones taken for undeclared is not empty."""
    indexes = {
        f"{model._meta.db_table}.{field.column}": field
        for model in apps.get_models()
        if any(isinstance(one, EncryptedTextField) for one in model._meta.local_fields)
        for field in model._meta.local_fields
        if isinstance(field, models.CharField)
        and field.name.endswith(("_index", "fingerprint", "_hash", "_from"))
    }
    undeclared = {name for name, field in indexes.items() if not isinstance(field, BlindIndexField)}
    assert undeclared - HELD_OUT == {"quiz_bank_import.fingerprint"} & undeclared
    assert len(indexes) - len(undeclared) >= 9


@pytest.mark.django_db
def test_all_is_brought_to_the_newest_keys_and_the_old_ones_can_go() -> None:
    people(5)
    secret = SecondFactorAdapter().encrypt("JBSWY3DP")
    user = User.objects.with_phone(phone(3)).get()
    Authenticator.objects.create(user=user, type="totp", data={"secret": secret})
    with override_settings(**BOTH):
        code, said = rotate("--check")
        assert code == 1
        assert "6 rows hang on an old key" in said
        assert rotate("--batch", "2")[0] == 0
        assert rotate("--check")[0] == 0
        again = rotate()[1]
        assert '"accounts_user": 2 rows\n' not in again
    with override_settings(**ONLY_NEW):
        assert [User.objects.with_phone(phone(one)).get().phone for one in range(5)]
        kept = Authenticator.objects.get().data["secret"]
        assert SecondFactorAdapter().decrypt(kept) == "JBSWY3DP"


@pytest.mark.django_db
def test_before_the_change_the_new_keys_alone_find_nobody() -> None:
    """The control of the test above."""
    people(1)
    with override_settings(**ONLY_NEW):
        assert not User.objects.with_phone(phone(0)).exists()
        with pytest.raises(CommandError, match=f"under the key {OLD}, which is not known"):
            rotate()


@pytest.mark.django_db
def test_an_index_whose_text_was_let_go_is_told_and_left() -> None:
    from unionhall.people.members.models import RollImport
    from unionhall.people.unions.actions import found
    from unionhall.people.unions.models import Union

    union = found("测试总工会", parent=None, level=Union.Level.DISTRICT)
    file = base64.b64encode(b"a roll").decode()
    old = f"{OLD}:abc"
    here = RollImport.objects.create(as_of="2026-01-01", union=union, content=file, fingerprint=old)
    gone = RollImport.objects.create(as_of="2026-01-01", union=union, content=None, fingerprint=old)
    with override_settings(**BOTH):
        code, said = rotate()
        here.refresh_from_db()
        gone.refresh_from_db()
    assert code == 0
    assert '"members_roll_import": 0 rows hang on an old key; 1 indexes of texts' in said
    assert here.fingerprint.startswith(f"{NEW}:")
    assert gone.fingerprint == old


def keep_looking(number: int, stop: threading.Event, lost: list[str]) -> int:
    """Everybody is found by phone, each time."""
    looked = 0
    while not stop.is_set():
        for one in range(0, number, 7):
            looked += 1
            if [user.phone for user in User.objects.with_phone(phone(one))] != [phone(one)]:
                lost.append(phone(one))
    return looked


def keep_writing(number: int, stop: threading.Event) -> int:
    """Names change by whole rows, as forms save them, and somebody new comes each time."""
    written = 0
    while not stop.is_set() and written < 300:
        user = User.objects.with_phone(phone(written % number)).get()
        user.name = f"何立夏{written}"
        user.save()
        User.objects.create_user(phone(number + written), name="苏惊蛰")
        written += 1
    return written


def contend(number: int) -> tuple[list[str], dict[str, int]]:
    """Rotates with readers and writers beside; who was not found, and what each did."""
    stop, lost, did = threading.Event(), [], {}

    def run(name: str, work, *given) -> None:
        try:
            did[name] = work(*given)
        finally:
            connections.close_all()

    jobs = [
        threading.Thread(target=run, args=("looked", keep_looking, number, stop, lost)),
        threading.Thread(target=run, args=("written", keep_writing, number, stop)),
    ]
    for job in jobs:
        job.start()
    try:
        while rotate("--batch", "10")[0]:
            pass
    finally:
        stop.set()
        for job in jobs:
            job.join()
    return lost, did


@pytest.mark.django_db(transaction=True)
def test_nobody_is_lost_to_readers_while_writers_go_on() -> None:
    people(120)
    with override_settings(**BOTH):
        lost, did = contend(120)
        assert lost == []
        assert min(did.values()) > 0
        assert rotate()[0] == 0
        assert rotate("--check")[0] == 0
    with override_settings(**ONLY_NEW):
        known = {user.phone for user in User.objects.all()}
        assert known == {phone(one) for one in range(120 + did["written"])}
        assert all(User.objects.with_phone(one).exists() for one in known)


@pytest.mark.django_db(transaction=True)
def test_a_run_that_is_killed_is_simply_begun_again() -> None:
    people(60)
    keys = {f"UNIONHALL_{name}": json.dumps(value) for name, value in BOTH.items()}
    place = connection.settings_dict
    given = {"DATABASE_URL": os.environ["DATABASE_URL"], **keys}
    code = (
        "import os, sys, django\n"
        "django.setup()\n"
        "from django.db import connection\n"
        "connection.settings_dict['NAME'] = sys.argv[1]\n"
        "from django.core.management import call_command\n"
        "call_command('rotate_keys', '--batch', '1')\n"
    )
    environment = os.environ | given | {"DJANGO_SETTINGS_MODULE": "unionhall.site.settings"}
    child = subprocess.Popen(
        [sys.executable, "-u", "-c", code, place["NAME"]],
        cwd=Path(ROOT),
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout
    for line in child.stdout:
        if line.startswith('"accounts_user"'):
            break
    child.kill()
    child.wait()
    child.stdout.close()
    with override_settings(**BOTH):
        (users,) = (one for one in rotation.kept() if one.model is User)
        left = rotation.count(users, users.stale())
        assert 0 < left < 60
        assert rotate()[0] == 0
    with override_settings(**ONLY_NEW):
        assert all(User.objects.with_phone(phone(one)).exists() for one in range(60))
