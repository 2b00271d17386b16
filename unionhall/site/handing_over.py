"""When an officer leaves: all she has under way goes to whoever follows her, in one step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from unionhall.base.access import allowed
from unionhall.base.errors import Refused
from unionhall.base.exports.models import Export
from unionhall.base.ledger import actions as ledger
from unionhall.base.phones import read_phone
from unionhall.domain.lectures.actions.handing_over import drafts_of, hand_over_drafts
from unionhall.domain.quiz.actions.handing_over import (
    bank_imports_waiting_of,
    hand_over_bank_imports,
)
from unionhall.kernel.casework import actions as casework
from unionhall.people.members.actions.handing_over import (
    bulk_deeds_under_way_of,
    hand_over_members,
    rolls_waiting_of,
    transfers_asked_by,
)
from unionhall.people.programs.actions import hand_over_keys, keys_issued_by
from unionhall.people.unions import actions as unions
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.actions.handing_over import hand_over_lists, lists_waiting_of
from unionhall.people.unions.models import Office
from unionhall.people.unions.queries import login_with_phone, office_in_charge, under
from unionhall.people.webhooks.actions import hand_over_receivers, receivers_of
from unionhall.site.refusals import CONFLICT

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from unionhall.base.wording import Text
    from unionhall.people.accounts.models import User

UNPROCESSABLE = 422


class FollowerForm(forms.Form):
    """Who follows her, by the phone of her login."""

    phone = forms.CharField(
        label=gettext_lazy("接手的人的手机号"),
        max_length=20,
        help_text=gettext_lazy("要先用这个手机号登录过一次"),
        error_messages={"required": gettext_lazy("还没有写手机号。")},
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    because = forms.CharField(label=gettext_lazy("依据"), required=False, max_length=200)

    def clean_phone(self) -> str:
        """Eleven digits."""
        phone = read_phone(self.cleaned_data["phone"]).value
        if not phone:
            raise forms.ValidationError(_("手机号是 11 位，以 13 到 19 开头。"))
        return phone


@dataclass(frozen=True)
class Held:
    """So many of one kind, and what becomes of them."""

    what: Text
    times: int
    then: Text


@allowed(runs_unions)
@never_cache
def hand_over(request: HttpRequest, office_id: int) -> HttpResponse:
    """What she has under way and becomes of it; then all of it in one step."""
    office, by = _office(request, office_id), cast("User", request.user)
    form = FollowerForm(request.POST or None)
    context = {"office": office, "form": form, "held": held_by(office)}
    if form.is_valid():
        try:
            to = login_with_phone(form.cleaned_data["phone"])
            hand_all_over(office, to=to, by=by, because=form.cleaned_data["because"])
        except Refused as refusal:
            context["refusal"] = refusal
            return render(request, "desk/handover.html", context, status=CONFLICT)
        messages.success(request, _("都交给了{name}，从现在起由她办。").format(name=to))
        return redirect("unions_desk:union", office.union_id)
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "desk/handover.html", context, status=status)


def _office(request: HttpRequest, office_id: int) -> Office:
    try:
        return office_in_charge(request.user, office_id)
    except Office.DoesNotExist as error:
        raise Http404 from error


def held_by(office: Office) -> list[Held]:
    """Of each kind how many, in the part of the tree of her office; nothing of what there is not."""
    user, part = office.user, under(office.union)
    goes, goes_on = _("交给接手的人"), _("接着能用，由接手的人负责")
    waiting = [Export.State.WAITING, Export.State.RUNNING, Export.State.DONE]
    found = [
        Held(_("她提出的接转"), transfers_asked_by(user, part).count(), goes),
        Held(_("她传的还没导入的名册"), rolls_waiting_of(user, part).count(), goes),
        Held(_("交给她办的事"), casework.handled_by(user, part).count(), goes),
        Held(_("她没办完的批量办理"), bulk_deeds_under_way_of(user, part).count(), goes),
        Held(_("她传的还没导入的台账"), lists_waiting_of(office).count(), goes),
        Held(_("她传的还没导入的题目"), bank_imports_waiting_of(user, part).count(), goes),
        Held(_("她发的程序密钥"), keys_issued_by(user, part).count(), goes_on),
        Held(_("她登记的接收方"), receivers_of(user, part).count(), goes_on),
        Held(_("她的讲座草稿"), drafts_of(user, part).count(), goes),
        Held(
            _("她导出的名单"),
            Export.objects.filter(by_id=user.pk, state__in=waiting).count(),
            _("取不到了，要用就由接手的人再导出"),
        ),
    ]
    return [one for one in found if one.times]


@transaction.atomic
def hand_all_over(office: Office, *, to: User, by: User, because: str = "") -> Office:
    """Everything and the office itself, with one entry of the ledger. ``Refused`` if she follows herself."""
    user, part = office.user, under(office.union)
    if user.pk == to.pk:
        raise Refused(
            _("没有交接。"),
            why=_("接手的人就是她自己。"),
            next=_("写另一个人的手机号。"),
            code="follows_herself",
        )
    counts = hand_over_members(user, to=to, unions=part)
    counts["keys"] = hand_over_keys(user, to=to, unions=part)
    counts["receivers"] = hand_over_receivers(user, to=to, unions=part)
    counts["lists"] = hand_over_lists(office, to=to)
    counts["banks"] = hand_over_bank_imports(user, to=to, unions=part)
    counts["drafts"] = hand_over_drafts(user, to=to, unions=part)
    followed = unions.hand_over_office(office, to=to, by=by, because=because)
    # By then whoever follows her may handle them.
    counts["cases"] = casework.hand_over_handled(user, to=to, unions=part, by=by)
    said = {"from_user": user.pk, "to_user": to.pk, **counts}
    ledger.record("unions.office_handed_over", office, by=by, union_id=office.union_id, **said)
    return followed
