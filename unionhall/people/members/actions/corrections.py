"""What stands on the roll about one person is put right, and whose login she has."""

from __future__ import annotations

import json

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.people.accounts.models import User
from unionhall.people.members.actions.locks import hold_people
from unionhall.people.members.actions.people import indexes
from unionhall.people.members.models import Change, Member, Membership
from unionhall.people.members.queries import member_of
from unionhall.people.members.queries.comparing import plain
from unionhall.people.personal import actions as personal

OF_MEMBER = ("name", "id_kind", "id_number", "phone", "sex", "born_on")
OF_MEMBERSHIP = ("department",)


@transaction.atomic
def correct(member: Member, *, by: User, **said: object) -> None:
    """Put columns right (``OF_MEMBER``, ``OF_MEMBERSHIP``); what stood there is kept for a time.

    Raises ``Refused`` where the number is another person's already.
    """
    hold_people([member.pk])
    member.refresh_from_db()
    live = Membership.objects.filter(member=member, left_on=None).first()
    entry = ledger.record(
        "members.member_corrected",
        member,
        by=by,
        union_id=live.union_id if live else None,
        columns=" ".join(sorted(said)),
    )
    columns = {name: said[name] for name in OF_MEMBER if name in said}
    changes = [_change(member, None, name, entry.pk) for name in columns]
    if live:
        changes += [_change(member, live, name, entry.pk) for name in OF_MEMBERSHIP if name in said]
        Membership.objects.filter(pk=live.pk).update(
            **{name: said[name] for name in OF_MEMBERSHIP if name in said}
        )
    Change.objects.bulk_create(changes)
    if columns:
        _write(member, columns)


def _change(member: Member, live: Membership | None, column: str, entry_id: int) -> Change:
    was = plain(getattr(live or member, column))
    return Change(
        member=member, membership=live, column=column, was=json.dumps(was), entry_id=entry_id
    )


def _write(member: Member, columns: dict[str, object]) -> None:
    found_by = dict(columns)
    if "id_number" in columns or "phone" in columns:
        number = str(columns.get("id_number", member.id_number))
        found_by |= indexes(number, str(columns.get("phone", member.phone or "") or ""))
    try:
        with transaction.atomic():
            Member.objects.filter(pk=member.pk).update(**found_by)
    except IntegrityError as error:
        raise Refused(
            _("没有改。"),
            why=_("名册上另一个人登记的就是这个证件号码，一个号码只能是一个人。"),
            next=_("和她再核对一遍证件；真是同一个人登记了两次，先把其中一次退会。"),
            code="number_taken",
        ) from error


@transaction.atomic
def give_login(member: Member, *, user: User, by: User, may_replace: bool = False) -> int | None:
    """``user`` is her, as ``by`` has made sure: from now on this login is hers, and no other.

    Her number becomes the one that she signs in with; a former login keeps no copy of what is hers. Returns the
    former one, if there was another. Raises ``Refused`` where the login is somebody else's, or where it would replace another and
    ``may_replace`` does not hold.
    """
    hold_people([member.pk])
    if not User.objects.filter(pk=user.pk, is_active=True).exists():
        raise Refused(
            _("没有绑定。"),
            why=_("这个登录已经注销或者停用了。"),
            next=_("请她重新登录一次，再提一次。"),
            code="login_stopped",
        )
    other = member_of(user)
    if other is not None and other.pk != member.pk:
        raise Refused(
            _("没有绑定。"),
            why=_("这个登录已经是另一个人的了。"),
            next=_("请她用自己的手机号登录，再提一次。"),
            code="login_of_another",
        )
    before = Member.objects.filter(pk=member.pk).values_list("user_id", flat=True).get()
    replaced = before if before != user.pk else None
    if replaced and not may_replace:
        raise _replaces_another()
    Member.objects.filter(pk=member.pk).update(user=user)
    ledger.record("members.login_given", member, by=by, login=user.pk, before=before)
    if replaced:
        personal.forget_copies_of(replaced, by=by)
    if member.phone != user.phone:
        correct(member, by=by, phone=user.phone)
    return replaced


def _replaces_another() -> Refused:
    return Refused(
        _("没有改。"),
        why=_(
            "她名下已经有一个登录。换成现在这个，原来的就不再是她的；要是来的不是她本人，就把她的会籍和券交给了别人。"
        ),
        next=_("当面看她本人和证件，把两项都勾上，再改。"),
        code="replaces_a_login",
    )
