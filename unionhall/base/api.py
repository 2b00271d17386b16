"""What the ``api.py`` of every app shares: who may ask, texts and pages, a form's rules for a body."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, get_type_hints

from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import HttpRequest
from ninja import Field, Schema
from ninja.errors import ValidationError
from ninja.pagination import PaginationBase, paginate
from ninja.security import SessionAuth
from pydantic import AfterValidator, ConfigDict

from unionhall.base.paging import PAGE_SIZE
from unionhall.base.written_text import without_invisible

type_of_verb = Callable[..., Any]


def _as_seen(text: str) -> str:
    return without_invisible(text).strip()


# A text that is looked for: as the reader sees it, for what is invisible no search can hold
QueryText = Annotated[str, AfterValidator(_as_seen)]


class RefusalOut(Schema):
    """A "no" as all verbs say it. ``code`` never changes; the other three are for a person to read."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "pages_missing",
                    "what": "页不齐。",
                    "why": "说是 3 页，收到 2 页，缺第 3 页。",
                    "next": "补齐以后再结束。",
                }
            ]
        }
    )

    code: str
    what: str = ""
    why: str = ""
    next: str = ""
    scope: str = ""  # which a key lacks, with ``scope_missing``
    request_id: str = ""  # under which the operator finds it in the log


class OnlyFor(SessionAuth):
    """``base.access.allowed`` for the API: the session's cookie, with the CSRF token on each write.

    Whoever is not signed in gets 401, for whom ``predicate(user)`` does not hold 403.
    """

    def __init__(self, predicate: Callable[..., bool]) -> None:
        super().__init__()
        self.predicate = predicate
        self.reader = predicate.__name__

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:  # noqa: ANN401 — ninja's face
        user = super().authenticate(request, key)
        if user is not None and not self.predicate(user):
            raise PermissionDenied
        return user


class Pages(PaginationBase):
    """Pages of a list by ``?page=``, as on the pages of the site."""

    class Input(Schema):
        page: int = Field(1, ge=1, description="Which page; the last one if there are fewer.")

    class Output(Schema):
        items: list[Any]
        page: int
        pages: int
        total: int

    def __init__(
        self,
        *,
        size: int = PAGE_SIZE,
        read: Callable[[Page[Any]], list[Any]] = list,
        **ninjas: Any,  # noqa: ANN401 — ninja's face
    ) -> None:
        super().__init__(**ninjas)
        self.size, self.read = size, read

    def paginate_queryset(
        self,
        queryset: QuerySet[Any] | list[Any],
        pagination: Input,
        request: HttpRequest,  # noqa: ARG002 — ninja's face
        **_params: object,
    ) -> dict[str, object]:
        page = numbered(queryset, pagination.page, self.size)
        return told(page) | {"items": self.read(page)}


def numbered(rows: QuerySet[Any] | list[Any], page: int, size: int = PAGE_SIZE) -> Page[Any]:
    """The page of this number, the last one if there are fewer; all are counted, for a program."""
    return Paginator(rows, size).get_page(page)


def told(page: Page[Any]) -> dict[str, object]:
    """A page of a list as ``Pages.Output`` has it."""
    return {
        "items": list(page.object_list),
        "page": page.number,
        "pages": page.paginator.num_pages,
        "total": page.paginator.count,
    }


def paged(
    *, size: int = PAGE_SIZE, read: Callable[[Page[Any]], list[Any]] = list
) -> Callable[[type_of_verb], type_of_verb]:
    """The verb returns a whole list; its answer is a page of it: ``items, page, pages, total``.

    ``read`` says of the rows of a page what a row alone does not say, as ``exports.Found.read`` does.
    """

    def decorate(verb: type_of_verb) -> type_of_verb:
        # ninja would look for the names of the types in its own module, and needs no ``return``
        verb.__annotations__.pop("return", None)
        verb.__annotations__ = get_type_hints(verb, include_extras=True)
        decorated: type_of_verb = paginate(Pages, size=size, read=read)(verb)
        return decorated

    return decorate


def cleaned(form: BaseForm) -> dict[str, Any]:
    """What the page's own form makes of a body; 422 with the form's words for each wrong field."""
    if form.is_valid():
        return form.cleaned_data
    raise ValidationError(
        [
            {"type": fault["code"], "loc": ["body", field], "msg": str(fault["message"])}
            for field, faults in form.errors.get_json_data().items()
            for fault in faults
        ]
    )
