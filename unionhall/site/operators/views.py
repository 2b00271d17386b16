"""What operators' programs ask: is it alive, may it be given requests, how does it go. They take no turn (``wsgi.py``)."""

from __future__ import annotations

import hmac
import ipaddress
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from unionhall.base.access import public
from unionhall.base.errors import numbered
from unionhall.site.addresses import address_of
from unionhall.site.operators.exposition import exposed
from unionhall.site.operators.readiness import not_ready

if TYPE_CHECKING:
    from django.http import HttpRequest

UNAVAILABLE, FORBIDDEN = 503, 403


@public
@never_cache
@require_safe
def alive(_request: HttpRequest) -> HttpResponse:
    """The process answers; the database is not asked."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@public
@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Whether it may be given requests, else 503 with a code for each reason; the words are for operators."""
    reasons = not_ready()
    is_theirs = _is_operators(request)
    told = [{"code": one.code} | ({"what": one.said} if is_theirs else {}) for one in reasons]
    return JsonResponse(
        {"ready": not reasons, "reasons": told},
        status=UNAVAILABLE if reasons else 200,
        json_dumps_params={"ensure_ascii": False},
    )


@public
@never_cache
@require_safe
def measured(request: HttpRequest) -> HttpResponse:
    """All that is counted, as Prometheus reads it: for whoever shows the token, or asks from our own network."""
    if not _is_operators(request):
        return JsonResponse({"code": "forbidden"} | numbered(), status=FORBIDDEN)
    return HttpResponse(exposed(), content_type=CONTENT_TYPE_LATEST)


def _is_operators(request: HttpRequest) -> bool:
    """By the token if there is one, else by the address, which is that of whoever asks our outermost proxy."""
    if settings.METRICS_TOKEN:
        said = request.headers.get("Authorization", "").encode()
        return hmac.compare_digest(said, f"Bearer {settings.METRICS_TOKEN}".encode())
    try:
        address = ipaddress.ip_address(address_of(request))
    except ValueError:
        return False
    return any(address in network for network in settings.METRICS_NETWORKS)
