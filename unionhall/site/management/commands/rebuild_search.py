"""``manage.py rebuild_search``: writes anew by what words lectures and giveaways are found."""

from __future__ import annotations

from django.core.management.base import BaseCommand

from unionhall.site.search_index import rebuild


class Command(BaseCommand):
    """While everybody goes on: each thing is replaced by itself."""

    help = "Write the index of the search anew."

    def handle(self, *_args: object, **_options: object) -> None:
        """Tell how many there are of each kind."""
        for kind, count in rebuild().items():
            self.stdout.write(f"{kind}: {count}")
