"""Where she is signed in, and how she can come in: her devices, one by one or all at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from django.contrib import auth, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from unionhall.base.access import signed_in
from unionhall.base.phones import masked_phone
from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts.login import open_doors
from unionhall.people.accounts.queries import session_of, sessions_of
from unionhall.site.addresses import address_of
from unionhall.site.arrivals import opens_here

if TYPE_CHECKING:
    from collections.abc import Callable

    from unionhall.people.accounts.models import Session, User
    from unionhall.people.accounts.sessions import SessionStore

SYSTEMS = {
    "ipad": "iPad", "iphone": gettext_lazy("苹果手机"), "harmony": gettext_lazy("鸿蒙手机"),
    "android": gettext_lazy("安卓手机"), "windows": gettext_lazy("Windows 电脑"),
    "mac": gettext_lazy("苹果电脑"), "linux": gettext_lazy("Linux 电脑"),
}  # fmt: skip
PROGRAMS = {
    "wechat": gettext_lazy("微信"), "dingtalk": gettext_lazy("钉钉"), "edge": "Edge",
    "huawei": gettext_lazy("华为浏览器"), "xiaomi": gettext_lazy("小米浏览器"), "uc": gettext_lazy("UC 浏览器"),
    "qq": gettext_lazy("QQ 浏览器"), "firefox": "Firefox", "chrome": "Chrome", "safari": "Safari",
}  # fmt: skip
HAND_HELD = {"ipad", "iphone", "harmony", "android"}


@dataclass(frozen=True)
class Device:
    """A session as she reads it."""

    session: Session
    name: str
    icon: str
    is_this: bool


def mark_use(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: once an hour, note that a device is used. The short ways do without."""

    def respond(request: HttpRequest) -> HttpResponse:
        session = cast("SessionStore", request.session)
        if request.user.is_authenticated and session.is_due:
            accounts.mark_used(session, request.user)
        return get_response(request)

    return respond


def begin_session(request: HttpRequest, user: User) -> None:
    """A session of her own, under a new key; whoever gave the browser the old one has nothing."""
    auth.login(request, user)
    session = cast("SessionStore", request.session)
    session.note_device(request.headers.get("User-Agent", ""), address_of(request))


def devices_of(request: HttpRequest) -> list[Device]:
    """This one first, then what was used last."""
    here = request.session.session_key
    sessions = sessions_of(cast("User", request.user))
    sessions.sort(key=lambda one: one.session_key != here)
    return [_device(one, is_this=one.session_key == here) for one in sessions]


def _device(session: Session, *, is_this: bool) -> Device:
    system, _slash, program = session.device.partition("/")
    names = [SYSTEMS.get(system), PROGRAMS.get(program)]
    name = _("，").join(str(one) for one in names if one) or _("认不出的设备")
    return Device(session, name, "phone" if system in HAND_HELD else "grid", is_this)


@never_cache
@signed_in
def devices(request: HttpRequest) -> HttpResponse:
    """The list."""
    user = cast("User", request.user)
    context = {
        "devices": devices_of(request),
        "phone": masked_phone(user.phone),
        "ways": ways_in(request, user),
    }
    return render(request, "me/devices.html", context)


def ways_in(request: HttpRequest, user: User) -> list[dict[str, object]]:
    """The doors of others that are open here, and hers even where one was closed since."""
    bound = {one.door: one for one in user.identities.order_by("pk")}
    labels = {one.name: one.label() for one in open_doors()}
    return [
        {
            "name": name,
            "label": labels.get(name, name),
            "identity": bound.get(name),
            "usable": opens_here(request, name),
        }
        for name in [*labels, *(bound.keys() - labels.keys())]
    ]


@signed_in
@require_POST
def end(request: HttpRequest, device: str) -> HttpResponse:
    """End one of them."""
    user = cast("User", request.user)
    session = session_of(user, device)
    if session is None:
        raise Http404
    is_this = session.session_key == request.session.session_key
    accounts.end_session(session, by=user)
    if is_this:
        auth.logout(request)
    messages.success(request, _("退出了。") if is_this else _("那台设备退出了。"))
    return redirect("home" if is_this else "me_devices")


@signed_in
@require_POST
def everywhere(request: HttpRequest) -> HttpResponse:
    """End all of them, this one too."""
    accounts.sign_out_everywhere(cast("User", request.user))
    auth.logout(request)
    messages.success(request, _("在所有设备上都退出了。"))
    return redirect("home")
