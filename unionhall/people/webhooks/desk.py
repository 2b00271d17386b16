from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from unionhall.base.access import allowed
from unionhall.base.errors import Refused
from unionhall.base.paging import page_of
from unionhall.people.accounts.models import User
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries import chosen_union
from unionhall.people.webhooks import actions as webhooks
from unionhall.people.webhooks.forms import EventFilter, ReceiverFilter, ReceiverForm
from unionhall.people.webhooks.models import Event, Receiver
from unionhall.people.webhooks.queries import (
    event_in_charge,
    events_of,
    receiver_in_charge,
    receivers_in_charge,
)

UNPROCESSABLE = 422


@allowed(runs_unions)
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    form = ReceiverFilter(request.GET)
    page = page_of(request, receivers_in_charge(request.user, **form.said()))
    return render(request, "webhooks/desk/index.html", {"form": form, "page": page})


@allowed(runs_unions)
@never_cache
def new(request: HttpRequest) -> HttpResponse:
    """Ask for what, then show the secret: on this answer and never again."""
    union, form = _union(request), ReceiverForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            made = webhooks.register(union, by=_officer(request), **form.cleaned_data)
            return render(request, "webhooks/desk/secret.html", made._asdict())
        except Refused as no:
            form.add_error("url" if no.code == "odd_address" else None, str(no))
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "webhooks/desk/new.html", {"union": union, "form": form}, status=status)


def _union(request: HttpRequest) -> Union:
    try:
        return chosen_union(request.user, request.GET.get("union", ""))
    except Union.DoesNotExist as error:
        raise Http404 from error


@allowed(runs_unions)
@never_cache
def receiver(request: HttpRequest, receiver_id: int) -> HttpResponse:
    """What it was told, and what came of each try."""
    found, form = _found(request, receiver_id), EventFilter(request.GET)
    page = page_of(request, events_of(found, **form.said()))
    context = {"receiver": found, "form": form, "page": page}
    return render(request, "webhooks/desk/receiver.html", context)


@allowed(runs_unions)
@never_cache
@require_POST
def rotation(request: HttpRequest, receiver_id: int) -> HttpResponse:
    """A new secret, shown on this answer and never again."""
    found = _found(request, receiver_id)
    secret = webhooks.rotate_secret(found, by=_officer(request))
    context = {"receiver": found, "secret": secret, "rotated": True}
    return render(request, "webhooks/desk/secret.html", context)


@allowed(runs_unions)
@never_cache
def stopping(request: HttpRequest, receiver_id: int) -> HttpResponse:
    """What would stop is said first; the answer to that page does it."""
    found = _found(request, receiver_id)
    if request.method != "POST":
        return render(request, "webhooks/desk/stop.html", {"receiver": found})
    webhooks.stop(found, by=_officer(request))
    messages.success(request, _("停了，从现在起什么都不送。"))
    return redirect("webhooks_desk:receiver", found.pk)


@allowed(runs_unions)
@never_cache
@require_POST
def again(request: HttpRequest, event_id: int) -> HttpResponse:
    """The same once more."""
    try:
        event = event_in_charge(request.user, event_id)
    except Event.DoesNotExist as error:
        raise Http404 from error
    webhooks.send_again(event, by=_officer(request))
    messages.success(request, _("排上了，几秒钟里再送一次。"))
    return redirect("webhooks_desk:receiver", event.receiver_id)


def _found(request: HttpRequest, receiver_id: int) -> Receiver:
    try:
        return receiver_in_charge(request.user, receiver_id)
    except Receiver.DoesNotExist as error:
        raise Http404 from error


def _officer(request: HttpRequest) -> User:
    return cast("User", request.user)
