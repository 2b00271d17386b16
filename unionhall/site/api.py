"""The same verbs for the mini-program and for partners, under ``/api/v1/``; OpenAPI at ``openapi.json``."""

from __future__ import annotations

from typing import Any

import orjson
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.renderers import BaseRenderer
from ninja.security import django_auth

from unionhall.base.errors import Refused
from unionhall.domain.lectures.api import router as lectures
from unionhall.domain.quiz.api import router as quiz
from unionhall.domain.welfare.api import router as welfare
from unionhall.site.refusals import CONFLICT, as_json


class OrjsonRenderer(BaseRenderer):
    """Chinese as Chinese, not as escapes."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:  # noqa: ANN401, ARG002 — ninja's face
        return orjson.dumps(data)


api = NinjaAPI(
    title="Unionhall 职工之家",
    version="1",
    auth=django_auth,  # the session's cookie, with the CSRF token on every write
    renderer=OrjsonRenderer(),
    docs_url=None,  # the interactive page would need inline scripts
    urls_namespace="api",
)


@api.exception_handler(Refused)
def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    return api.create_response(request, as_json(refusal), status=CONFLICT)


@api.exception_handler(ObjectDoesNotExist)
def not_found(request: HttpRequest, _missing: ObjectDoesNotExist) -> HttpResponse:
    """A foreign object and one that never was give the same answer."""
    return api.create_response(request, {"code": "not_found"}, status=404)


@api.exception_handler(PermissionDenied)
def denied(request: HttpRequest, _denied: PermissionDenied) -> HttpResponse:
    return api.create_response(request, {"code": "forbidden"}, status=403)


api.add_router("/quiz/", quiz, tags=["quiz"])
api.add_router("/welfare/", welfare, tags=["welfare"])
api.add_router("/lectures/", lectures, tags=["lectures"])
