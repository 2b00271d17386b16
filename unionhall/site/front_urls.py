"""The routes of the front door."""

from __future__ import annotations

from django.urls import include, path

from unionhall.site import (
    administrators,
    demo,
    desk,
    devices,
    exports,
    handing_over,
    home,
    ledger_pages,
    looking,
    me,
    my_data,
    outside,
    passkeys,
    passwords,
    preferences,
    reorganising,
    samples,
    search,
    second_factor,
    sign_in,
)
from unionhall.site.operators import views as operators

desk_routes = (
    [
        path("", desk.today, name="today"),
        path("search/", search.desk_search, name="search"),
        path("ledger/", ledger_pages.records, name="records"),
        path("ledger/by/<int:user_id>/", ledger_pages.of_doer, name="ledger_of"),
        path("ledger/<slug:thing_kind>/<int:thing_id>/", ledger_pages.of_thing, name="ledger"),
        path("exports/", exports.mine, name="exports"),
        path("exports/new/<str:list_name>/", exports.ask, name="export_new"),
        path("exports/<int:export_id>/", exports.export, name="export"),
        path("exports/<int:export_id>/again/", exports.again, name="export_again"),
        path("exports/<int:export_id>/file/", exports.export_file, name="export_file"),
        path(
            "unions/<int:union_id>/move/", reorganising.reorganise, {"kind": "move"}, "union_move"
        ),
        path(
            "unions/<int:union_id>/merger/",
            reorganising.reorganise,
            {"kind": "merge"},
            "union_merge",
        ),
        path(
            "unions/<int:union_id>/split/",
            reorganising.reorganise,
            {"kind": "split"},
            "union_split",
        ),
        path(
            "unions/<int:union_id>/closing/",
            reorganising.reorganise,
            {"kind": "close"},
            "union_close",
        ),
        path("look/", looking.look, name="look"),
        path("offices/<int:office_id>/handover/", handing_over.hand_over, name="handover"),
        path("reorganisations/", reorganising.reorganisations, name="reorganisations"),
        path("reorganisations/<int:deed_id>/", reorganising.reorganisation, name="reorganisation"),
        path("reorganisations/<int:deed_id>/undo/", reorganising.undo, name="reorganisation_undo"),
    ],
    "desk",
)

operator_routes = (
    [
        path("system/", administrators.system, name="system"),
        path("security/", administrators.security, name="security"),
        path("security/<int:login_id>/sign-out/", administrators.sign_out, name="sign_out"),
        path("audit/", administrators.audit, name="audit"),
    ],
    "operator",
)

urlpatterns = [
    path("operator/", include(operator_routes)),
    path("", home.home, name="home"),
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-in/code/", sign_in.sign_in_code, name="sign_in_code"),
    path("sign-in/again/", sign_in.sign_in_again, name="sign_in_again"),
    path("sign-in/with/<slug:door_name>/", outside.leave, name="sign_in_with"),
    path("sign-in/with/<slug:door_name>/back/", outside.back, name="sign_in_back"),
    path("sign-in/agree/", outside.agree, name="sign_in_agree"),
    path("sign-in/alone/", outside.alone, name="sign_in_alone"),
    path("sign-in/password/", passwords.password, name="sign_in_password"),
    path("sign-in/second/", passwords.second, name="sign_in_second"),
    path("sign-in/passkey/", passkeys.sign, name="sign_in_passkey"),
    path("sign-in/passkey/ask/", passkeys.to_sign, name="passkey_to_sign"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("privacy/", sign_in.privacy, name="privacy"),
    path("second-factor/", second_factor.challenge, name="second_factor"),
    path("second-factor/enrol/", second_factor.enrol, name="second_factor_enrol"),
    path("second-factor/recovery/", second_factor.renew, name="second_factor_renew"),
    path("search/", search.search, name="search"),
    path("second-factor/passkeys/", passkeys.passkeys, name="passkeys"),
    path("second-factor/passkeys/ask/", passkeys.to_make, name="passkey_to_make"),
    path("second-factor/passkeys/<int:passkey_id>/drop/", passkeys.drop, name="passkey_drop"),
    path("second-factor/password/", passwords.choose, name="password"),
    path("me/", me.me, name="me"),
    path("me/records/", my_data.records, name="me_records"),
    path("me/copies/", my_data.copies, name="me_copies"),
    path("me/copies/<int:copy_id>/file/", my_data.copy_file, name="me_copy_file"),
    path("me/close/", my_data.close, name="me_close"),
    path("me/text-size/", preferences.text_size, name="me_text_size"),
    path("me/theme/", preferences.theme, name="me_theme"),
    path("me/language/", preferences.language, name="me_language"),
    path("me/more-time/", me.more_time, name="me_more_time"),
    path("me/devices/", devices.devices, name="me_devices"),
    path("me/devices/end/", devices.everywhere, name="me_devices_end"),
    path("me/devices/<slug:device>/end/", devices.end, name="me_device_end"),
    path("me/ways-in/<int:identity_id>/unbind/", outside.unbind, name="me_unbind"),
    path("me/consents/<slug:kind>/", me.consent, name="me_consent"),
    path("desk/", include(desk_routes)),
    path("healthz", operators.alive, name="healthz"),
    path("readyz", operators.ready, name="readyz"),
    path("metrics", operators.measured, name="metrics"),
    path("demo/", demo.demo, name="demo"),
    path("ui/", samples.samples, name="ui"),
]
