"""All lists of the house that may leave it, by name, and the jobs that write them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from django.core.exceptions import ObjectDoesNotExist

from unionhall.base.exports import actions as exports
from unionhall.base.sweep import Sweep
from unionhall.domain.enrolment import exports as enrolment
from unionhall.domain.learning import exports as learning
from unionhall.domain.lectures import exports as lectures
from unionhall.domain.quiz import exports as quiz
from unionhall.domain.welfare import exports as welfare
from unionhall.kernel.casework import exports as casework
from unionhall.people.accounts.models import User
from unionhall.people.members import exports as members
from unionhall.people.programs import exports as programs
from unionhall.people.unions import exports as unions
from unionhall.people.unions.queries import tops_in_charge
from unionhall.people.webhooks import exports as webhooks
from unionhall.site import ledger_pages
from unionhall.site.looking import looking_at

if TYPE_CHECKING:
    from unionhall.base.exports.models import Export

LISTS: exports.Lists = {
    listed.name: listed
    for listed in (
        *unions.LISTS,
        *webhooks.LISTS,
        *members.LISTS,
        *programs.LISTS,
        *casework.LISTS,
        *enrolment.LISTS,
        *learning.LISTS,
        *quiz.LISTS,
        *welfare.LISTS,
        *lectures.LISTS,
        *ledger_pages.LISTS,
    )
}


def scope_of(user: User) -> str:
    """What she runs at this moment; a file that was written under other rights is not handed out."""
    paths = "\n".join(union.path for union in tops_in_charge(user))
    return hashlib.sha256(paths.encode()).hexdigest()


def who_asked(export: Export) -> User:
    """Who asked for it, looking at the same part of the tree as then; ``ObjectDoesNotExist`` once it is hers no more."""
    return looking_at(User.objects.get(pk=export.by_id, is_active=True), export.looks_at)


def scope_asked(export: Export) -> str:
    """``scope_of`` whoever asked for it, whatever she looks at by now; no file has the empty one."""
    try:
        return scope_of(who_asked(export))
    except ObjectDoesNotExist:
        return ""


def write_waiting_exports() -> int:
    """Write the files that wait."""
    return exports.write_waiting(LISTS, scope_of, who_asked)


SWEEPS = [Sweep(write_waiting_exports, seconds=2), Sweep(exports.forget_old, seconds=3600)]
