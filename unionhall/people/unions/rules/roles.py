"""Roles and what each may do: the one table, for the rights themselves and for the page that tells them.

The three administrators are those of level-3 protection (GB/T 22239-2019, 8.1.4): each sees what the others do, none
may do it alone, and none of them sees members by that role.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

CHAIR, DEPUTY, OFFICER, AUDITOR = "chair", "deputy", "officer", "auditor"
SYSTEM, SECURITY, AUDIT = "system", "security", "audit"
ADMINISTRATORS = (SYSTEM, SECURITY, AUDIT)


@dataclass(frozen=True)
class Powers:
    """``runs``: the desk, for its union and all below. ``staffs``: may put people in charge of its own union, too.

    Whoever runs a union above may staff it in any case.
    """

    runs: bool = False
    staffs: bool = False
    operates: bool = False  # the pages of the three administrators, each her own


POWERS: Mapping[str, Powers] = {
    CHAIR: Powers(runs=True, staffs=True),
    DEPUTY: Powers(runs=True, staffs=True),
    OFFICER: Powers(runs=True),
    AUDITOR: Powers(),
    SYSTEM: Powers(operates=True),
    SECURITY: Powers(operates=True),
    AUDIT: Powers(operates=True),
}
IN_CHARGE = tuple(role for role, powers in POWERS.items() if powers.runs)
# Who watches is named by a chair, not by those who are watched.
GIVEN_BY_A_CHAIR = (AUDITOR, *ADMINISTRATORS)
STAFFING = tuple(role for role, powers in POWERS.items() if powers.staffs)
