"""Coming in by somebody else's word: WeChat's, a city's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import sha256

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from unionhall.base.clock import now_in_database
from unionhall.base.encryption import blind_index
from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.people.accounts import rules
from unionhall.people.accounts.actions.logins import agreed_or_refused, login_of
from unionhall.people.accounts.actions.sessions import sign_out_everywhere
from unionhall.people.accounts.login import Outsider, door
from unionhall.people.accounts.models import IDENTITY, Arrival, Identity, User
from unionhall.people.accounts.queries import has_consented, identity_of

Tell = Callable[[User, Outsider], object]  # whoever holds her phone hears of a new way in


@transaction.atomic
def arrive(door_name: str, state: str) -> Arrival:
    """Use up the state that somebody took along. Raises ``Refused`` for one that was used, whoever used it."""
    try:
        with transaction.atomic():
            return Arrival.objects.create(
                door=door_name,
                state_hash=sha256(state.encode()).hexdigest(),
                expires_at=now_in_database() + rules.ARRIVAL_LIVES,
            )
    except IntegrityError as error:
        raise Refused(
            _("没有登录：这个链接用过了。"),
            why=_("从那边回来的链接只能用一次。刷新页面，或者按了返回，就会这样。"),
            next=_("回到登录页，再点一次按钮。"),
            code="state_used",
        ) from error


@transaction.atomic
def sign_in_as(who: Outsider, arrival: Arrival) -> User | None:
    """The login of an identity; None when it is nobody's yet, or she must agree first, and it waits in ``arrival``.

    Raises ``Refused`` for a login that was stopped.
    """
    known = identity_of(who)
    if known is None or not has_consented(known.user, "privacy"):
        Arrival.objects.filter(pk=arrival.pk).update(who=who.to_text())
        return None
    _use(arrival)
    agreed_or_refused(known.user)
    _refresh(known, who)
    ledger.record("accounts.signed_in", known.user, by=known.user, door=who.door)
    return known.user


@transaction.atomic
def sign_in_vouched(arrival: Arrival, *, consents: Iterable[str], tell: Tell | None = None) -> User:
    """The login of the phone for which the issuer vouches, bound to the identity from now on. Raises ``Refused``."""
    who = bring_in(arrival)
    if not who.phone:
        raise _too_late()
    user = login_of(who.phone)
    agreed_or_refused(user, consents)
    bind(user, who, tell=tell)
    ledger.record("accounts.signed_in", user, by=user, door=who.door)
    return user


def bring_in(arrival: Arrival) -> Outsider:
    """Who waits in it, once. Raises ``Refused`` when it waited too long."""
    _use(arrival)
    if arrival.who is None:
        raise _too_late()
    return Outsider.from_text(arrival.who)


def _use(arrival: Arrival) -> None:
    live = Arrival.objects.filter(pk=arrival.pk, used_at=None, expires_at__gt=Now())
    if not live.update(used_at=Now()):
        raise _too_late()


def _too_late() -> Refused:
    return Refused(
        _("没有连上：等得太久了。"),
        why=_("从那边回来以后，半小时内要办完，而且只能办一次。"),
        next=_("回到登录页，再点一次按钮。"),
        code="arrival_over",
    )


@transaction.atomic
def bind(user: User, who: Outsider, *, tell: Tell | None = None) -> Identity:
    """From now on this identity is this login; ``tell`` is called the first time.

    Raises ``Refused`` when either is bound otherwise.
    """
    known = identity_of(who)
    if known is None:
        _demand_free_place(user, who)
        known = _bound(user, who, tell)
    if known.user_id != user.pk:
        raise Refused(
            _("没有连上：这个{door}连着另一个登录。").format(door=_label(who)),
            why=_("一个{door}只能是一个人的。它先前和另一个手机号连在了一起。").format(
                door=_label(who)
            ),
            next=_("直接用{door}登录，就进原来的那个；要换过来，先在那里解开。").format(
                door=_label(who)
            ),
            code="identity_of_somebody_else",
        )
    return _refresh(known, who)


def _demand_free_place(user: User, who: Outsider) -> None:
    """A phone that changed hands: its login knows another person already, and is not hers."""
    if user.identities.filter(issuer=who.issuer).exists():
        raise Refused(
            _("没有连上：这个手机号的登录已经连着另一个{door}。").format(door=_label(who)),
            why=_("一个登录只连一个{door}，免得换了主人的号码进了别人的登录。").format(
                door=_label(who)
            ),
            next=_(
                "是你自己的旧{door}：用手机号登录，在“登录的设备”里先解开。号码是新近才归你的：到工会办公室当面办。"
            ).format(door=_label(who)),
            code="login_of_another_identity",
        )


def _bound(user: User, who: Outsider, tell: Tell | None) -> Identity:
    """The constraints decide who was first."""
    try:
        with transaction.atomic():
            made = Identity.objects.create(
                user=user,
                door=who.door,
                issuer=who.issuer,
                subject=who.subject,
                subject_index=blind_index(who.subject, purpose=IDENTITY),
                other_id=who.other_id or None,
                shown_as=who.name,
            )
    except IntegrityError:
        known = identity_of(who)
        if known is None:
            _demand_free_place(user, who)
            raise
        return known
    ledger.record("accounts.identity_bound", user, by=user, door=who.door)
    if tell:
        tell(user, who)
    return made


def _refresh(known: Identity, who: Outsider) -> Identity:
    """As she calls herself there today."""
    known.other_id, known.shown_as = who.other_id or None, who.name
    known.used_at = now_in_database()
    known.save(update_fields=["other_id", "shown_as", "used_at"])
    return known


def _label(who: Outsider) -> str:
    there = door(who.door)
    return there.label() if there else who.door


@transaction.atomic
def unbind(identity: Identity, *, by: User, everywhere: bool = False) -> None:
    """This way in is closed; her phone always stays one. ``everywhere``: whoever came in by it is out, too."""
    gone, _per_model = Identity.objects.filter(pk=identity.pk, user=by).delete()
    if gone:
        ledger.record("accounts.identity_unbound", by, by=by, door=identity.door)
    if everywhere:
        sign_out_everywhere(by)


@transaction.atomic
def forget_old_arrivals() -> int:
    """Forget who came back from where, a day later; the number of rows."""
    forgotten, _per_model = Arrival.objects.filter(
        came_at__lt=Now() - rules.ARRIVALS_REMEMBERED
    ).delete()
    return forgotten
