"""``reset_second_factor PHONE``: for an officer who lost authenticator and recovery codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts.models import User
from unionhall.people.accounts.queries import has_second_factor

if TYPE_CHECKING:
    from django.db.models import QuerySet


class Command(BaseCommand):
    help = "Forget somebody's authenticator and recovery codes, once you have made sure who asks."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("phone", help="the 11 digits she signs in with")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 — Django's face
        found: QuerySet[User] = User.objects.with_phone(options["phone"])
        user = found.first()
        if user is None or not has_second_factor(user):
            raise CommandError("Nobody with this phone has an authenticator.")
        accounts.drop_second_factor(user, by=None)
        self.stdout.write("Done. She connects a new one when she next opens the desk.")
