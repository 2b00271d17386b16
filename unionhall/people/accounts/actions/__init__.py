"""Sign in by phone and code; consent; wish for a larger page; guard a desk by a second factor."""

from unionhall.people.accounts.actions.codes import (
    Asked,
    ask_code,
    forget_old_codes,
    prove_phone,
    sign_in,
)
from unionhall.people.accounts.actions.identities import (
    arrive,
    bind,
    forget_old_arrivals,
    sign_in_as,
    sign_in_vouched,
    unbind,
)
from unionhall.people.accounts.actions.logins import login_of
from unionhall.people.accounts.actions.passkeys import (
    Site,
    WrongPasskey,
    ask_to_make,
    ask_to_sign,
    drop_passkey,
    keep_passkey,
    pass_by_passkey,
)
from unionhall.people.accounts.actions.passwords import (
    WrongPassword,
    choose_password,
    drop_password,
    try_password,
)
from unionhall.people.accounts.actions.phones import change_phone, leave_behind
from unionhall.people.accounts.actions.refusals import TooManyTries, WrongCode
from unionhall.people.accounts.actions.second_factor import (
    drop_second_factor,
    enrol_totp,
    enrol_totp_for_demo,
    pass_second_factor,
    renew_recovery_codes,
)
from unionhall.people.accounts.actions.sessions import (
    end_all_sessions,
    end_session,
    forget_expired_sessions,
    mark_used,
    sign_out_everywhere,
)
from unionhall.people.accounts.actions.tallies import count_one
from unionhall.people.accounts.actions.wishes import (
    choose_more_time,
    give_consent,
    prefer,
    withdraw_consent,
)

__all__ = [
    "Asked",
    "Site",
    "TooManyTries",
    "WrongCode",
    "WrongPasskey",
    "WrongPassword",
    "arrive",
    "ask_code",
    "ask_to_make",
    "ask_to_sign",
    "bind",
    "change_phone",
    "choose_more_time",
    "choose_password",
    "count_one",
    "drop_passkey",
    "drop_password",
    "drop_second_factor",
    "end_all_sessions",
    "end_session",
    "enrol_totp",
    "enrol_totp_for_demo",
    "forget_expired_sessions",
    "forget_old_arrivals",
    "forget_old_codes",
    "give_consent",
    "keep_passkey",
    "leave_behind",
    "login_of",
    "mark_used",
    "pass_by_passkey",
    "pass_second_factor",
    "prefer",
    "prove_phone",
    "renew_recovery_codes",
    "sign_in",
    "sign_in_as",
    "sign_in_vouched",
    "sign_out_everywhere",
    "try_password",
    "unbind",
    "withdraw_consent",
]
