"""What one types to sign in."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from unionhall.base.phones import read_phone
from unionhall.people.accounts import rules
from unionhall.people.accounts.models import Consent

MOST_PASSWORD = 128
MISTYPED = _("这不是 11 位手机号。对着手机再数一遍，1 开头。")


class ConsentsForm(forms.Form):
    """What she agrees to; nothing is ticked beforehand."""

    privacy = forms.BooleanField(
        label=_("我看过并同意隐私说明"),
        help_text=_("必选：不同意就没法登录。"),
        error_messages={
            "required": _("先看隐私说明，同意了再登录。不同意，也可以到工会办公室当面办。")
        },
    )
    roll = forms.BooleanField(
        label=_("同意用手机号和会员名册核对身份"),
        help_text=_("可不选：参加活动、领券时要用。"),
        required=False,
    )
    sms = forms.BooleanField(
        label=_("同意用短信提醒我"), help_text=_("可不选：每天最多一条。"), required=False
    )
    winners = forms.BooleanField(
        label=_("同意在获奖名单里公示"),
        help_text=_("可不选：名字隐去一个字，像“周*露”。"),
        required=False,
    )

    @property
    def consents(self) -> list[str]:
        """The kinds that were ticked."""
        return [kind for kind in Consent.Kind.values if self.cleaned_data[kind]]


class PhoneForm(ConsentsForm):
    """A phone, and consents that are never ticked beforehand; the same for whoever asks."""

    field_order = ("phone",)
    phone = forms.CharField(
        label=_("手机号"),
        max_length=40,
        help_text=_("工会名册里登记的那个号码。第一次登录也用它。"),
        error_messages={"required": MISTYPED, "max_length": MISTYPED},
        widget=forms.TextInput(
            attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel-national"}
        ),
    )

    def clean_phone(self) -> str:
        """Eleven digits."""
        phone = read_phone(self.cleaned_data["phone"]).value
        if not phone:
            raise forms.ValidationError(MISTYPED)
        return phone


class PasswordForm(forms.Form):
    """A phone and its password."""

    phone = forms.CharField(
        label=_("手机号"),
        max_length=40,
        error_messages={"required": MISTYPED, "max_length": MISTYPED},
        widget=forms.TextInput(
            attrs={"type": "tel", "inputmode": "tel", "autocomplete": "username"}
        ),
    )
    password = forms.CharField(
        label=_("密码"),
        max_length=MOST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    clean_phone = PhoneForm.clean_phone


class NewPasswordForm(forms.Form):
    """A password to choose; empty to have none."""

    password = forms.CharField(
        label=_("新密码"),
        max_length=MOST_PASSWORD,
        strip=False,
        required=False,
        help_text=_("至少 12 个字，长比怪好记。不填，就不再用密码。"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class PasskeyForm(forms.Form):
    """A name for a passkey, and what the browser made."""

    name = forms.CharField(
        label=_("给它起个名字"),
        max_length=rules.PASSKEY_NAME,
        help_text=_("比如：办公室的电脑、我的手机。"),
    )
    credential = forms.CharField(max_length=20_000, required=False, widget=forms.HiddenInput)


class CodeForm(forms.Form):
    """The six digits of a text message."""

    code = forms.CharField(
        label=_("验证码"),
        max_length=40,
        help_text=_("短信里的 6 个数字，5 分钟内有效。"),
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True}
        ),
    )

    def clean_code(self) -> str:
        """Six digits, however they were spaced."""
        code = rules.digits_of(self.cleaned_data["code"])
        if len(code) != rules.CODE_DIGITS:
            raise forms.ValidationError(
                _("验证码是 6 个数字，这里有 %(n)s 个。"), params={"n": len(code)}
            )
        return code


class SecondFactorForm(forms.Form):
    """Six digits of an authenticator, or the eight of a recovery code."""

    code = forms.CharField(
        label=_("动态码"),
        max_length=40,
        help_text=_("验证器里现在的 6 个数字。没带验证器，输一个 8 位的备用码。"),
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True}
        ),
    )

    def clean_code(self) -> str:
        """Six or eight digits."""
        code = rules.digits_of(self.cleaned_data["code"])
        if len(code) not in (rules.CODE_DIGITS, rules.RECOVERY_DIGITS):
            raise forms.ValidationError(
                _("动态码是 6 个数字，备用码是 8 个，这里有 %(n)s 个。"), params={"n": len(code)}
            )
        return code


class FirstCodeForm(SecondFactorForm):
    """What the new authenticator shows: it has no recovery codes yet."""

    code = forms.CharField(
        label=_("动态码"),
        max_length=40,
        help_text=_("每 30 秒换一个。"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )
