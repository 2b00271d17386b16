from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from typing import TYPE_CHECKING

import pytest
from django.apps import apps

from tests.doors import newest_code
from unionhall.base.clock import now_in_database
from unionhall.base.exports.models import Export
from unionhall.base.ledger.models import Entry
from unionhall.domain.lectures.tests.made import a_published_phase, takes_part
from unionhall.kernel.notify import actions as notify
from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts.models import Consent, Identity, SecondFactorGuard, User
from unionhall.people.members import actions as roll
from unionhall.people.members.models import Member
from unionhall.people.personal.models import Closing, Copy
from unionhall.people.unions import actions as tree
from unionhall.site.audit import INVARIANTS, audit
from unionhall.site.copies import write_waiting_copies
from unionhall.site.erasure import close_due_accounts
from unionhall.site.holdings import HOLDINGS

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client
    from pytest_django import Settings

    from unionhall.people.unions.models import Union

pytestmark = pytest.mark.django_db
CANARY = "金丝雀鸣"


@pytest.fixture(autouse=True)
def private_files(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def user(client: Client, ann: Member) -> User:
    assert ann.user
    client.force_login(ann.user)
    return ann.user


def shown(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def everything() -> str:
    """All rows of all tables, with what is sealed opened."""
    said = []
    for model in apps.get_models():
        for row in model._base_manager.all():
            values = [getattr(row, field.attname) for field in model._meta.concrete_fields]
            said.append(f"{model._meta.label} {values}")
    return "\n".join(said)


def live_in_it(client: Client, ann: Member, plant7: Union, bo: User) -> User:
    """A life in the house, with a canary wherever a word of hers may stand."""
    user = ann.user
    assert user
    accounts.give_consent(user, Consent.Kind.SMS)
    User.objects.filter(pk=user.pk).update(name=CANARY)
    takes_part(a_published_phase(plant7, bo), ann)
    notify.send(ann, "members/moved", channels=("inbox",), union=CANARY, was=CANARY)
    notify.send(
        ann,
        "welfare/voucher_expiring",
        channels=("sms",),
        title=CANARY,
        expires_at=now_in_database(),
        url="/",
    )
    notify.text(user.phone, "accounts/sign_in_code", code="123456")
    notify.choose(ann, "welfare/voucher_expiring", "inbox", wanted=False, by=user)
    notify.deliver_due()
    SecondFactorGuard.objects.create(user=user)
    Identity.objects.create(
        user=user,
        door="wechat",
        issuer="wechat",
        subject=CANARY,
        subject_index=CANARY,
        shown_as=CANARY,
    )
    roll.unmask(ann, field="phone", by=bo)
    Export.objects.create(
        by_id=user.pk, list_name="members.roll", title=CANARY, purpose="report", format="csv",
        filters="{}", language="", rows=1, content=CANARY,
    )  # fmt: skip
    return user


def test_she_reads_what_is_held_and_who_looked(
    client: Client, user: User, ann: Member, bo: User
) -> None:
    roll.unmask(ann, field="id_number", by=bo)
    page = shown(client, "/me/records/")
    assert f"{bo.name} 看了证件号码" in page
    for held in ("登录", "名册上的你", "会籍"):
        assert f"<strong>{held}</strong>" in page
    assert ann.id_number not in page


def test_her_copy_holds_all_that_is_hers_and_nothing_of_others(
    client: Client, ann: Member, chen: Member, plant7: Union, bo: User
) -> None:
    user = live_in_it(client, ann, plant7, bo)
    client.force_login(user)
    assert "写一份" in shown(client, "/me/copies/")
    client.post("/me/copies/")
    assert "正在写" in shown(client, "/me/copies/")
    assert write_waiting_copies() == 1
    assert "写好了" in shown(client, "/me/copies/")
    copy = Copy.objects.get()
    address = f"/me/copies/{copy.pk}/file/"
    assert client.post(address)["Location"] == "/me/proof/?next=%2Fme%2Fcopies%2F", "by her phone"
    assert not Entry.objects.filter(action="personal.copy_fetched").exists()
    client.post("/me/proof/", {"send": "yes"})
    client.post("/me/proof/", {"code": newest_code()})
    answer = client.post(address)
    assert answer["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        held = json.loads(archive.read("data.json"))
        index = archive.read("index.html").decode()
        text = "".join(archive.read(name).decode() for name in archive.namelist())
    tables = {one["table"] for one in held["holdings"]}
    assert {"members.Member", "members.Membership", "notify.Message", "quiz.Attempt"} <= tables
    for hers in (ann.name, ann.id_number, CANARY, "看了手机号"):
        assert hers in text
    assert all(f'href="{one["file"]}"' in index for one in held["holdings"])
    assert chen.name not in text
    assert chen.id_number not in text


def test_nobody_fetches_anothers_copy(client: Client, user: User, chen: Member) -> None:
    client.post("/me/copies/")
    write_waiting_copies()
    address = f"/me/copies/{Copy.objects.get().pk}/file/"
    assert client.get(address).status_code == 405
    client.force_login(chen.user)  # type: ignore[arg-type]
    assert client.post(address).status_code == 404
    client.logout()
    assert client.post(address).status_code == 302


def test_the_page_says_what_goes_what_stays_and_lets_her_change_her_mind(
    client: Client, user: User
) -> None:
    page = shown(client, "/me/close/")
    for said in ("到时删掉", "法律让工会留着的", "会计档案管理办法", "7 天后注销"):
        assert said in page
    client.post("/me/close/", {"closing": "yes"})
    assert "不注销了" in shown(client, "/me/close/")
    assert client.get("/").status_code == 200  # until then all goes on
    client.post("/me/close/", {"closing": "no"})
    assert "7 天后注销" in shown(client, "/me/close/")
    assert client.post("/me/close/", {"closing": "no"}).status_code == 409


def test_who_holds_an_office_hands_it_over_first(client: Client, bo: User, plant7: Union) -> None:
    client.force_login(bo)
    assert "你是七号厂工会的干事" in shown(client, "/me/close/")
    refused = client.post("/me/close/", {"closing": "yes"})
    assert refused.status_code == 409
    assert not Closing.objects.exists()


def test_an_erased_account_is_nowhere(client: Client, ann: Member, plant7: Union, bo: User) -> None:
    """Canaries in every word of hers, in the files that wait and in her sessions: gone from every table."""
    user = live_in_it(client, ann, plant7, bo)
    client.force_login(user)
    client.post("/me/copies/")
    write_waiting_copies()
    client.post("/me/close/", {"closing": "yes"})
    login_phone = user.phone
    # The number on the roll is the union's; that of her login is hers.
    Member.objects.filter(pk=ann.pk).update(phone=None, phone_index="", phone_tail_index="")
    before = everything()
    assert before.count(CANARY) >= 4
    assert login_phone in before
    assert close_due_accounts() == 0
    Closing.objects.update(
        asked_at=now_in_database() - dt.timedelta(days=8), due_at=now_in_database()
    )
    assert close_due_accounts() == 1
    after = everything()
    assert CANARY not in after
    assert login_phone not in after
    assert "123456" not in after
    left = [one.model for one in HOLDINGS if not one.kept and one.rows(user, ann).exists()]
    assert left == ["accounts.User"]  # the row, of which the ledger names the number
    assert client.get("/me/")["Location"].startswith("/sign-in/")
    ann.refresh_from_db()
    assert ann.user is None  # she stays on the roll, and may come back
    assert ann.claims.exists()
    assert [sentence for sentence, offenders in audit(INVARIANTS) if offenders] == []


def test_an_account_whose_owner_took_up_an_office_is_not_closed(
    client: Client, user: User, plant7: Union
) -> None:
    client.post("/me/close/", {"closing": "yes"})
    tree.appoint(user, union=plant7, role="officer")
    Closing.objects.update(
        asked_at=now_in_database() - dt.timedelta(days=8), due_at=now_in_database()
    )
    assert close_due_accounts() == 0
    user.refresh_from_db()
    assert user.is_active


def test_how_she_wants_to_read_is_remembered_on_every_device(client: Client, user: User) -> None:
    for address, wish in (
        ("text-size", {"size": "elder"}), ("theme", {"theme": "dark"}), ("language", {"language": "en"}),
    ):  # fmt: skip
        client.post(f"/me/{address}/", wish)
    other = type(client)()
    other.force_login(user)
    page = other.get("/me/").content.decode()
    assert 'lang="en"' in page
    assert 'data-size="elder"' in page
    assert 'data-theme="dark"' in page
