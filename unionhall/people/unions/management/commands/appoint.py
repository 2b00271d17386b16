"""``manage.py appoint PHONE --union NAME --name NAME``: put the first officer in charge; the desk appoints the rest."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from unionhall.base.phones import read_phone
from unionhall.people.accounts.models import User
from unionhall.people.unions import actions as unions
from unionhall.people.unions.models import Office, Union


class Command(BaseCommand):
    help = "Put somebody in charge of a union and all below it; a login is made if there is none."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("phone")
        parser.add_argument("--union", required=True, help="the union's full name")
        parser.add_argument("--name", default="", help="the officer's name, for a new login")
        parser.add_argument("--role", default=Office.Role.OFFICER, choices=Office.Role.values)

    @transaction.atomic
    def handle(self, *_args: Any, **options: Any) -> None:
        found = list(Union.objects.filter(name=options["union"])[:2])
        if len(found) != 1:
            raise CommandError(
                f"{len(found) or 'No'} unions are called {options['union']}; one is needed."
            )
        phone = read_phone(options["phone"]).value
        if not phone:
            raise CommandError(f"{options['phone']} is no mobile number of eleven digits.")
        user = User.objects.with_phone(phone).first() or User.objects.create_user(
            phone, name=options["name"]
        )
        unions.appoint(user, union=found[0], role=options["role"])
        self.stdout.write(
            f"{user} is in charge of {found[0]} and all below it; sign in at /sign-in/."
        )
