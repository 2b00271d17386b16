"""What the house tells people by itself: by the worker's sweeps, in the inbox and as text messages."""

from __future__ import annotations

from django.db import connection

from tests.tenancy.asking import Sent, undone
from tests.tenancy.matrix import SEES, Matrix
from tests.tenancy.town import OWN, Town
from unionhall.kernel.notify.models import ConsoleText, Message
from unionhall.people.members.models import Member
from unionhall.site.worker import SWEEPS

WORKER = "worker"


def pushes(matrix: Matrix) -> int:
    """Every sweep runs once; then each message that was ever told is held against who was told. How many."""
    with undone():
        connection.atomic_blocks[-1]._from_testcase = True  # sweeps may be durable in it
        for sweep in SWEEPS:
            sweep.function()
        return inbox(matrix) + texts(matrix)


def inbox(matrix: Matrix) -> int:
    told = list(Message.objects.exclude(member=None))
    for one in told:
        matrix.read_by(WORKER, Sent("SEND", one.topic), one.member_id, one.context)
    return len(told)


def texts(matrix: Matrix) -> int:
    """To a number, in the words of the text message."""
    told, seen = list(ConsoleText.objects.all()), by_phone(matrix.town)
    for one in told:
        matrix.seen_by(WORKER, Sent("TEXT", one.phone), seen.get(one.phone, set()), one.text)
    return len(told)


def by_phone(town: Town) -> dict[str, set[str]]:
    """The unions of which each number may be told something; who lost her rights was of ours."""
    owners = {one.phone: town.numbers.owner(one.pk) for one in Member.objects.all()}
    members = {phone: SEES[f"{union} member"] for phone, union in owners.items() if union}
    return members | {one.phone or "": SEES.get(name, {OWN}) for name, one in town.logins.items()}
