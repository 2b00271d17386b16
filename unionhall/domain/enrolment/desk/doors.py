"""What an officer may open: her own, else a 404, as if there were none."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.http import Http404, HttpRequest

from unionhall.domain.enrolment.queries import (
    application_in_charge,
    change_in_charge,
)
from unionhall.kernel.casework.queries import NoSuchCase

if TYPE_CHECKING:
    from unionhall.domain.enrolment.models import Application
    from unionhall.kernel.casework.models import Case
    from unionhall.people.accounts.models import User

UNPROCESSABLE = 422


def officer(request: HttpRequest) -> User:
    """Who is at the desk."""
    return cast("User", request.user)


def open_application(request: HttpRequest, case_id: int) -> Application:
    """One to a union that she runs."""
    try:
        return application_in_charge(request.user, case_id)
    except NoSuchCase as error:
        raise Http404 from error


def open_change(request: HttpRequest, case_id: int) -> Case:
    """One that a union which she runs answers."""
    try:
        return change_in_charge(request.user, case_id)
    except NoSuchCase as error:
        raise Http404 from error
