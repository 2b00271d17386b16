"""Her own page as an API: what the union knows about her, what she agreed to, how she wants to read."""

from __future__ import annotations

import datetime as dt
from typing import Literal, cast

from django.contrib import auth
from django.http import Http404, HttpRequest
from ninja import Field, Router, Schema, Status

from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts.models import Consent, User
from unionhall.people.accounts.queries import session_of
from unionhall.people.members.models import Member
from unionhall.people.members.queries import member_of, union_of
from unionhall.people.members.rules.masks import masked_id, masked_phone
from unionhall.site.devices import Device, devices_of
from unionhall.site.me import Choice, choices_of, looks_at
from unionhall.site.sign_in import find_on_the_roll

router = Router()


class ConsentOut(Schema):
    """A consent, what it is for, and since when it is given; null when it is not."""

    kind: str
    label: str
    purpose: str
    given_at: dt.datetime | None


class LookOut(Schema):
    """Somebody saw one of her numbers in full."""

    who: str
    at: dt.datetime
    value: str


class Preferences(Schema):
    """``text_size``: empty or ``elder``; ``theme``: empty (as the system), ``light``, ``dark``."""

    text_size: User.TextSize
    theme: User.Theme
    language: str


class PreferencesIn(Schema):
    """What is left out stays as it is."""

    text_size: User.TextSize | None = None
    theme: User.Theme | None = None
    language: Literal["zh-hans", "en"] | None = None


class MoreTime(Schema):
    more_time: bool


class ConsentIn(Schema):
    given: bool


class DeviceOut(Schema):
    """A session of hers. ``device`` names it in addresses; ``place`` is a network, without its last part."""

    device: str = Field(alias="session.mark")
    name: str
    place: str = Field(alias="session.place")
    began_at: dt.datetime | None = Field(alias="session.began_at")
    used_at: dt.datetime | None = Field(alias="session.used_at", description="To the hour.")
    is_this: bool


class MeOut(Preferences, MoreTime):
    """Numbers are masked. ``member`` and ``union`` are null for a login that is on no roll."""

    phone: str
    member: int | None = Field(description="Her number on the roll.")
    name: str
    id_number: str
    union: str | None
    consents: list[ConsentOut]
    looks: list[LookOut] = Field(description="Who saw a number in full, newest first.")


@router.get("/", response=MeOut, operation_id="me")
def me(request: HttpRequest) -> dict[str, object]:
    """What the union knows about whoever is signed in."""
    user = _me(request)
    member = member_of(user)
    return {
        **{name: getattr(user, name) for name in ("text_size", "theme", "language", "more_time")},
        **_known_of(member),
        "name": member.name if member else user.name,
        "phone": masked_phone(user.phone),
        "consents": choices_of(user),
    }


def _known_of(member: Member | None) -> dict[str, object]:
    if member is None:
        return {"member": None, "id_number": "", "union": None, "looks": []}
    union = union_of(member)
    return {
        "member": member.pk,
        "id_number": masked_id(member.id_number),
        "union": union.name if union else None,
        "looks": looks_at(member),
    }


@router.patch("/preferences/", response=Preferences, operation_id="me_preferences")
def preferences(request: HttpRequest, wishes: PreferencesIn) -> User:
    """Size of the text, colours, language: on every device."""
    user = _me(request)
    accounts.prefer(user, **wishes.model_dump())
    return user


@router.put("/more-time/", response=MoreTime, operation_id="me_more_time")
def more_time(request: HttpRequest, wish: MoreTime) -> MoreTime:
    """More time for quizzes, for whoever asks; nobody asks why."""
    accounts.choose_more_time(_me(request), more_time=wish.more_time)
    return wish


@router.put("/consents/{kind}/", response=list[ConsentOut], operation_id="me_consent")
def consent(request: HttpRequest, kind: Consent.Kind, wish: ConsentIn) -> list[Choice]:
    """Give one consent or withdraw it. ``winners``: whether she is named in lists of winners.

    Without the one to the privacy notice nobody is signed in: withdrawing it ends all sessions.
    """
    user = _me(request)
    if wish.given:
        accounts.give_consent(user, kind)
        find_on_the_roll(user)
    else:
        accounts.withdraw_consent(user, kind)
        if kind == Consent.Kind.PRIVACY:
            auth.logout(request)
    return list(choices_of(user))


@router.get("/devices/", response=list[DeviceOut], operation_id="me_devices")
def devices(request: HttpRequest) -> list[Device]:
    """Where she is signed in: this one first, then what was used last."""
    return devices_of(request)


@router.delete("/devices/", response={204: None}, operation_id="me_sign_out_everywhere")
def sign_out_everywhere(request: HttpRequest) -> Status[None]:
    """End all her sessions, this one too; at once."""
    accounts.sign_out_everywhere(_me(request))
    auth.logout(request)
    return Status(204, None)


@router.delete("/devices/{device}/", response={204: None}, operation_id="me_device_end")
def end_device(request: HttpRequest, device: str) -> Status[None]:
    """End one of her sessions; what it asks next is asked by a stranger."""
    user = _me(request)
    session = session_of(user, device)
    if session is None:
        raise Http404
    accounts.end_session(session, by=user)
    if session.session_key == request.session.session_key:
        auth.logout(request)
    return Status(204, None)


def _me(request: HttpRequest) -> User:
    return cast("User", request.user)
