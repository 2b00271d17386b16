"""The verbs of the pages as an API under ``/api/v1/``; OpenAPI at ``/api/v1/openapi.json``.

Each app keeps its own in ``api.py``, with the readers, actions and queries of its pages; officers'
verbs stand under ``/api/v1/<app>/desk/`` and want the second factor. What stays on pages alone is
named in decision 11. Signed in by the session's cookie, every write bears the CSRF token; the verbs
of a push take a program's key instead (decision 20).
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import orjson
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.renderers import BaseRenderer
from ninja.security import django_auth

from unionhall.base.errors import Refused, numbered
from unionhall.domain.corrections.api import router as corrections
from unionhall.domain.enrolment.api import router as enrolment
from unionhall.domain.learning.api import router as learning
from unionhall.domain.lectures.api import router as lectures
from unionhall.domain.quiz.api import router as quiz
from unionhall.domain.welfare.api import router as welfare
from unionhall.kernel.casework.api import router as cases
from unionhall.kernel.notify.api import router as inbox
from unionhall.people.members.api import router as members
from unionhall.people.programs.actions import KeyRefused, ScopeMissing, TooFast
from unionhall.people.programs.api import ProgramKeyAuth
from unionhall.people.programs.models import ProgramKey
from unionhall.people.unions.api import router as unions
from unionhall.site.me_api import router as me
from unionhall.site.refusals import CONFLICT, as_json
from unionhall.site.search_api import router as search

UNAUTHORISED, UNPROCESSABLE, TOO_MANY = 401, 422, 429
REFUSAL = {"$ref": "#/components/schemas/RefusalOut"}
UNREADABLE = {  # ``detail``: a sentence, or for each wrong field where it is, its kind and a sentence
    "type": "object",
    "properties": {"code": {"type": "string"}, "detail": {}, "request_id": {"type": "string"}},
    "required": ["code", "detail"],
}
UNREADABLE_CODES = {400: "unreadable", 403: "forbidden"}
# Status -> how the description tells of it; 503 comes with ``Retry-After``. 403 is also said of a write without the CSRF token.
NOES: dict[int, Any] = {
    status: {"description": phrase, "content": {"application/json": {"schema": shape}}}
    for status, phrase, shape in (
        (400, "Bad Request", UNREADABLE),
        (401, "Unauthorized", REFUSAL),
        (403, "Forbidden", {"anyOf": [REFUSAL, UNREADABLE]}),
        (404, "Not Found", REFUSAL),
        (409, "Conflict", REFUSAL),
        (413, "Content Too Large", REFUSAL),
        (422, "Unprocessable Content", UNREADABLE),
        (429, "Too Many Requests", REFUSAL),
        (503, "Service Unavailable", REFUSAL),
    )
}


PROGRAM = ProgramKeyAuth.__name__  # of OpenAPI's security schemes
SCOPES_TOLD = (
    "A key that a union's officer issued for one system, for her union and all below it. The scope that a verb asks "
    "for stands beside it; 403 with `scope_missing` names one that the key was not given. Scopes: "
    + ", ".join(f"`{scope.value}`" for scope in ProgramKey.Scope)
    + "."
)


class OrjsonRenderer(BaseRenderer):
    """Chinese as Chinese, not as escapes."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:  # noqa: ANN401, ARG002 — ninja's face
        return orjson.dumps(data)


class DescribedAPI(NinjaAPI):
    """Its description says of each verb every "no" that it may give, besides what the verb itself declares."""

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        described = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        for verbs in described["paths"].values():
            for verb in verbs.values():
                verb["responses"] |= NOES | verb["responses"]
                if scope := self.scopes.get(verb["operationId"]):
                    verb["security"] = [
                        {name: [scope] if name == PROGRAM else [] for name in way}
                        for way in verb["security"]
                    ]
        scheme = described["components"]["securitySchemes"][PROGRAM]
        scheme["description"] = SCOPES_TOLD
        return described

    @cached_property
    def scopes(self) -> dict[str, str]:
        """Name of a verb -> what a key must have been given to ask it; of those alone that take keys."""
        return {
            verb.operation_id: one.scope.value
            for _prefix, router in self._routers
            for view in router.path_operations.values()
            for verb in view.operations
            for one in verb.auth_callbacks
            if isinstance(one, ProgramKeyAuth) and verb.operation_id
        }


api = DescribedAPI(
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


@api.exception_handler(KeyRefused)
def key_refused(request: HttpRequest, refusal: KeyRefused) -> HttpResponse:
    """A program learns why its key opens nothing."""
    response = api.create_response(request, as_json(refusal), status=UNAUTHORISED)
    response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(ScopeMissing)
def scope_missing(request: HttpRequest, refusal: ScopeMissing) -> HttpResponse:
    """A program learns which one it lacks."""
    facts = as_json(refusal) | {"scope": refusal.scope}
    return api.create_response(request, facts, status=403)


@api.exception_handler(AuthenticationError)
def not_signed_in(request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
    """The verbs of a push promise the shape of a refusal for it; so all have it."""
    return api.create_response(request, {"code": "not_signed_in"} | numbered(), status=UNAUTHORISED)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Each wrong field, under the code that every error has."""
    facts = {"code": "invalid", "detail": error.errors} | numbered()
    return api.create_response(request, facts, status=UNPROCESSABLE)


@api.exception_handler(HttpError)
def unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    """What cannot be read at all, or came without the CSRF token."""
    code = UNREADABLE_CODES.get(error.status_code, "refused")
    facts = {"code": code, "detail": str(error)} | numbered()
    return api.create_response(request, facts, status=error.status_code)


@api.exception_handler(TooFast)
def too_fast(request: HttpRequest, refusal: TooFast) -> HttpResponse:
    response = api.create_response(request, as_json(refusal), status=TOO_MANY)
    response["Retry-After"] = "60"
    return response


@api.exception_handler(ObjectDoesNotExist)
@api.exception_handler(Http404)
def not_found(request: HttpRequest, _missing: ObjectDoesNotExist | Http404) -> HttpResponse:
    """A foreign object and one that never was give the same answer."""
    return api.create_response(request, {"code": "not_found"} | numbered(), status=404)


@api.exception_handler(PermissionDenied)
def denied(request: HttpRequest, _denied: PermissionDenied) -> HttpResponse:
    return api.create_response(request, {"code": "forbidden"} | numbered(), status=403)


@api.exception_handler(RequestDataTooBig)
def too_large(request: HttpRequest, _sent: RequestDataTooBig) -> HttpResponse:
    """Django would answer with a page."""
    facts = {"code": "too_large", "most_bytes": settings.DATA_UPLOAD_MAX_MEMORY_SIZE}
    return api.create_response(request, facts | numbered(), status=413)


api.add_router("/me", me, tags=["me"])
api.add_router("/search", search, tags=["search"])
api.add_router("/inbox", inbox, tags=["inbox"])
api.add_router("/lectures", lectures, tags=["lectures"])
api.add_router("/quiz", quiz, tags=["quiz"])
api.add_router("/welfare", welfare, tags=["welfare"])
api.add_router("/learning", learning, tags=["learning"])
api.add_router("/unions", unions, tags=["unions"])
api.add_router("/members", members, tags=["members"])
api.add_router("/cases", cases, tags=["cases"])
api.add_router("/corrections", corrections, tags=["corrections"])
api.add_router("/enrolment", enrolment, tags=["enrolment"])
