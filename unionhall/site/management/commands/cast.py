"""``cast``: who plays in the demonstration, and how they sign in; on one's own data, who can."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from unionhall.site.cast import TOTP_SECRET
from unionhall.site.demo import players_here

OWN_DATA = "  Your own data: sign in as the officer you appointed; text messages are shown at /demo/texts/."


class Command(BaseCommand):
    help = "Print the cast of the demonstration."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 — Django's face
        players = players_here()
        if not players:
            self.stdout.write(OWN_DATA)
            return
        for player, _user in players:
            factor = "phone, code, second factor" if player.has_totp else "phone, code"
            self.stdout.write(f"  {player.phone}  {player.name}  {player.role}  ({factor})")
        self.stdout.write(
            "  Type the phone; the code that a text message would bring is shown at /demo/texts/.\n"
            f"  The second factor's key is {TOTP_SECRET}; /demo/ shows its present code."
        )
