"""Another phone for a login, and what becomes of one that nobody comes in by any more."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from unionhall.base.encryption import blind_index, blind_indexes
from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.people.accounts.actions.sessions import end_all_sessions
from unionhall.people.accounts.models import PHONE, Identity, SignInCode, User


@transaction.atomic
def change_phone(user: User, phone: str, *, by: User) -> None:
    """She signs in with ``phone`` (11 digits) from now on; whoever was in is out, and codes of the former number are void.

    Raises ``Refused`` where there is a login of that number: the constraint decides, also between two at once.
    """
    SignInCode.objects.filter(phone_index__in=blind_indexes(user.phone, purpose=PHONE)).delete()
    try:
        with transaction.atomic():
            User.objects.filter(pk=user.pk).update(
                phone=phone, phone_index=blind_index(phone, purpose=PHONE)
            )
    except IntegrityError as error:
        raise Refused(
            _("没有换。"),
            why=_("这个号码刚刚有了一个登录。"),
            next=_("再点一次，看看怎么合成一个。"),
            code="phone_taken",
        ) from error
    user.refresh_from_db(fields=["phone", "phone_index"])
    end_all_sessions(user)
    ledger.record("accounts.phone_changed", user, by=by)


@transaction.atomic
def leave_behind(user: User, *, by: User) -> None:
    """Somebody has another login from now on: nobody comes in by this one but whoever holds its phone."""
    Identity.objects.filter(user=user).delete()
    end_all_sessions(user)
    ledger.record("accounts.login_left_behind", user, by=by)
