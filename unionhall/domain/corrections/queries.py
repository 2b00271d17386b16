"""Corrections as those see them who asked, and the officers who answer."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from unionhall.base.encryption import blind_indexes, seal, unseal
from unionhall.domain.corrections.models import Correction
from unionhall.domain.corrections.stages import CORRECTION
from unionhall.kernel.casework.queries import case_in_charge, case_of
from unionhall.people.accounts.models import User
from unionhall.people.members.models import ID_NUMBER, Member
from unionhall.people.members.queries import within
from unionhall.people.members.rules import masked_id, masked_phone
from unionhall.people.unions.queries import in_charge_of

IN_SESSION = "corrections.said"


def correction_of(user: User | AnonymousUser, case_id: int) -> Correction:
    """One that she asked for; else ``NoSuchCase``."""
    return _with(case_of(user, case_id, kind=CORRECTION.kind))


def correction_in_charge(user: User | AnonymousUser, case_id: int) -> Correction:
    """One for a union that ``user`` runs; else ``NoSuchCase``."""
    return _with(case_in_charge(user, case_id, kind=CORRECTION.kind))


def _with(case: object) -> Correction:
    correction = Correction.objects.get(case=case)
    correction.case = case
    return correction


def replaces_a_login(correction: Correction, by: User) -> bool:
    """Whether a yes may take a login from somebody: from her, or from one of those who she may be."""
    if correction.what == Correction.What.LOGIN:
        people = Member.objects.filter(pk=correction.case.member_id)
    elif correction.what == Correction.What.IDENTITY:
        people = perhaps_her(correction, by)
    else:
        return False
    return people.exclude(user=None).exclude(user=correction.case.applicant_id).exists()


def perhaps_her(correction: Correction, by: User) -> QuerySet[Member]:
    """Whom on the rolls that ``by`` runs she may be: by her number, else by her name; nobody's login yet first."""
    said = correction.columns
    nobodys_first = F("user_id").asc(nulls_first=True), F("pk").asc()
    people = within(in_charge_of(by))
    numbered = people.filter(
        id_index__in=blind_indexes(said.get("id_number", ""), purpose=ID_NUMBER)
    )
    found = (numbered or people.filter(name=said.get("name", ""))).order_by(*nobodys_first)
    # Not the slice itself: a field of a form asks once more, by the key that was chosen.
    return people.filter(pk__in=list(found.values_list("pk", flat=True)[:20])).order_by(
        *nobodys_first
    )


def is_in_charge_of(user: User, member: Member | None) -> bool:
    """Whether she is on a roll that ``user`` runs now; she may have moved since she asked."""
    return member is not None and within(in_charge_of(user)).filter(pk=member.pk).exists()


def stands(member: Member, what: str) -> str:
    """What the roll says now, masked as everywhere."""
    if what == Correction.What.NAME:
        return member.name
    if what == Correction.What.ID_NUMBER:
        return masked_id(member.id_number)
    if what in {Correction.What.PHONE, Correction.What.LOGIN}:
        return masked_phone(member.phone or "")
    if what == Correction.What.DEPARTMENT:
        live = member.memberships.filter(left_on=None).first()
        return live.department if live else ""
    return ""


def shown(correction: Correction) -> list[tuple[str, str]]:
    """What she said, as pairs for a page: label and value, numbers masked."""
    said = correction.columns
    labels = {"name": _("姓名"), "id_kind": _("证件"), "id_number": _("证件号码"), "phone": _("手机号"), "department": _("部门")}  # fmt: skip
    masks = {"id_number": masked_id, "phone": masked_phone, "id_kind": _kind}
    return [(labels[name], masks.get(name, str)(said[name])) for name in labels if said.get(name)]


def _kind(code: str) -> str:
    return str(Member.IdKind(code).label)


def sealed_said(said: Mapping[str, str]) -> str:
    """What she said of herself, for her session: numbers stand nowhere in clear."""
    kept = {name: said[name] for name in ("name", "id_kind", "id_number")}
    return base64.b64encode(seal(json.dumps(kept), purpose=IN_SESSION)).decode()


def said_again(sealed: str) -> dict[str, str]:
    """The reverse; raises ``InvalidTag`` when it was changed."""
    return dict(json.loads(unseal(base64.b64decode(sealed), purpose=IN_SESSION)))
