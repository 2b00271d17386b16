"""No page's verb without its verb in the API; what stays on pages alone is named in decision 11."""

from __future__ import annotations

import re

from django.urls import URLPattern, URLResolver, get_resolver

from tests.api import operation_ids, schema
from tests.architecture.house import ROOT

DECISION = (ROOT / "docs/decisions/0011-what-the-api-leaves-to-the-pages.md").read_text("utf-8")

# Name of a page -> its verbs in the API, in the order of the site.
VERBS = {
    "me_devices": "me_devices",
    "me_device_end": "me_device_end",
    "me_devices_end": "me_sign_out_everywhere",
    "search": "search",
    "desk:search": "search_desk",
    "me": "me",
    "me_text_size": "me_preferences",
    "me_theme": "me_preferences",
    "me_language": "me_preferences",
    "me_more_time": "me_more_time",
    "me_consent": "me_consent",
    "notify:inbox": "inbox inbox_unread",
    "notify:settings": "inbox_settings inbox_choose",
    "notify:read_all": "inbox_read_all",
    "notify:message": "inbox_read",
    "notify:read": "inbox_read",
    "lectures:index": "lectures_phases",
    "lectures:phase": "lectures_phase lectures_player lectures_watched",
    "lectures:standing": "lectures_progress",
    "lectures:text": "lectures_text",
    "lectures:read": "lectures_read",
    "lectures:quiz": "lectures_quiz",
    "quiz:contest": "quiz_contest",
    "quiz:start": "quiz_start_attempt",
    "quiz:winners": "quiz_winners quiz_lots",
    "quiz:attempt": "quiz_attempts quiz_paper",
    "quiz:question": "quiz_save_answer",
    "quiz:hand_in": "quiz_hand_in",
    "quiz:result": "quiz_result",
    "quiz:review": "quiz_ask_review",
    "welfare:vouchers": "welfare_vouchers",
    "welfare:voucher": "welfare_voucher",
    "welfare:offers": "welfare_giveaways",
    "welfare:offer": "welfare_giveaway",
    "welfare:claim": "welfare_claim",
    "welfare:standing": "welfare_giveaway",
    "quiz:standing": "quiz_contest",
    "welfare_desk:giveaways": "welfare_desk_giveaways",
    "welfare_desk:new_giveaway": "welfare_desk_open_giveaway",
    "welfare_desk:giveaway": "welfare_desk_giveaway",
    "welfare_desk:giveaway_close": "welfare_desk_close_giveaway",
    "casework:index": "cases",
    "casework:note": "cases_note",
    "casework:withdrawal": "cases_withdraw",
    "casework_desk:index": "cases_desk_list",
    "casework_desk:note": "cases_desk_note",
    "casework_desk:handler": "cases_desk_assign",
    "casework_desk:move": "cases_desk_move",
    "corrections:who": "corrections_who",
    "corrections:new": "corrections_new",
    "corrections:correction": "corrections_correction cases_story",
    "corrections:answer": "corrections_answer",
    "corrections_desk:correction": "corrections_desk_correction cases_desk_story",
    "corrections_desk:acceptance": "corrections_desk_answer",
    "corrections_desk:refusal": "corrections_desk_answer",
    "enrolment:where": "enrolment_unions",
    "enrolment:who": "enrolment_join",
    "enrolment:application": "enrolment_application",
    "enrolment:answer": "enrolment_answer",
    "enrolment:transfer": "enrolment_transfer",
    "enrolment:leave": "enrolment_leave",
    "enrolment:retirement": "enrolment_retirement",
    "enrolment:change": "enrolment_change",
    "enrolment:stop": "enrolment_stop",
    "enrolment_desk:index": "enrolment_desk_list",
    "enrolment_desk:acceptances": "enrolment_desk_accept_many",
    "enrolment_desk:invitation": "enrolment_desk_join",
    "enrolment_desk:application": "enrolment_desk_application",
    "enrolment_desk:acceptance": "enrolment_desk_answer",
    "enrolment_desk:refusal": "enrolment_desk_answer",
    "enrolment_desk:unmasked": "enrolment_desk_unmask",
    "enrolment_desk:change": "enrolment_desk_change",
    "enrolment_desk:change_acceptance": "enrolment_desk_answer_change",
    "enrolment_desk:change_refusal": "enrolment_desk_answer_change",
    "welfare_merchant:redeem": "welfare_check",
    "welfare_merchant:check": "welfare_check",
    "welfare_merchant:redemptions": "welfare_redeem",
    "welfare_merchant:redemption": "welfare_redemption",
    "welfare_merchant:undo": "welfare_undo",
    "welfare_merchant:today": "welfare_total welfare_redemptions",
    "unions_desk:index": "unions_desk_list",
    "unions_desk:union": "unions_desk_union unions_desk_children",
    "unions_desk:offices": "unions_desk_appoint",
    "unions_desk:dismissal": "unions_desk_dismiss",
    "members_desk:index": "members_desk_list",
    "members_desk:member": "members_desk_member",
    "members_desk:unmask": "members_desk_unmask",
    "members_desk:standing": "members_desk_standing",
    "members_desk:move": "members_desk_move",
    "members_desk:transfers": "members_desk_transfers",
    "members_desk:transfer": "members_desk_transfer members_desk_answer_transfer",
    "members_desk:import": "members_desk_rolls members_desk_open_push members_desk_push_page members_desk_finish_push",
    "members_desk:roll_import": "members_desk_roll members_desk_roll_rows",
    "members_desk:confirmation": "members_desk_confirm_roll",
    "members_desk:discard": "members_desk_discard_roll",
    "members_desk:undo": "members_desk_undo_roll",
    "members_desk:absent": "members_desk_absent members_desk_decide_absent",
    "learning_desk:index": "learning_desk_list",
    "learning_desk:new": "learning_desk_new",
    "learning_desk:lesson": "learning_desk_lesson",
    "quiz_desk:banks": "quiz_desk_banks",
    "quiz_desk:bank": "quiz_desk_bank quiz_desk_questions",
    "quiz_desk:statistics": "quiz_desk_statistics",
    "quiz_desk:question": "quiz_desk_question quiz_desk_edit_question",
    "quiz_desk:retirement": "quiz_desk_retire_question",
    "quiz_desk:trial": "quiz_desk_trial",
    "quiz_desk:reviews": "quiz_desk_reviews",
    "quiz_desk:review": "quiz_desk_review quiz_desk_answer_review",
    "lectures_desk:index": "lectures_desk_list",
    "lectures_desk:new": "lectures_desk_new",
    "lectures_desk:series": "lectures_desk_series",
    "lectures_desk:compose": "lectures_desk_series",
    "lectures_desk:save": "lectures_desk_save lectures_desk_add_phase lectures_desk_drop_phase",
    "lectures_desk:publish": "lectures_desk_publish",
    "lectures_desk:copy": "lectures_desk_copy",
    "lectures_desk:preview": "lectures_desk_preview",
    "lectures_desk:trial": "lectures_desk_trial",
    "lectures_desk:live": "lectures_desk_live",
    "lectures_desk:waiting": "lectures_desk_waiting lectures_desk_reminder",
    "lectures_desk:remind": "lectures_desk_remind",
    "lectures_desk:paper": "lectures_desk_candidates lectures_desk_on_paper lectures_desk_paper",
    "lectures_desk:places": "lectures_desk_places",
    "lectures_desk:close": "lectures_desk_end",
    "lectures_desk:report": "lectures_desk_report lectures_desk_participants",
    "welfare_desk:redemptions": "welfare_desk_redemptions welfare_desk_unusual",
    "welfare_desk:offers": "welfare_desk_offers",
    "welfare_desk:merchants": "welfare_desk_merchants",
    "welfare_desk:new_merchant": "welfare_desk_new_merchant",
    "welfare_desk:merchant": "welfare_desk_merchant welfare_desk_edit_merchant",
    "welfare_desk:clerks": "welfare_desk_appoint_clerk",
    "welfare_desk:dismissal": "welfare_desk_dismiss_clerk",
    "welfare_desk:search": "welfare_desk_search",
    "welfare_desk:member": "welfare_desk_member",
    "welfare_desk:voucher": "welfare_desk_voucher",
    "welfare_desk:shown": "welfare_desk_show",
    "welfare_desk:replacement": "welfare_desk_replace",
}


def pages(resolver: URLResolver | None = None, space: str = "") -> set[str]:
    """Names of all routes but the API's."""
    found = set()
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLPattern):
            found.add(f"{space}{entry.name}")
        elif entry.namespace != "api":
            found |= pages(entry, f"{entry.namespace}:" if entry.namespace else space)
    return found


def left_to_pages() -> set[str]:
    return set(re.findall(r"`([a-z_]+(?::[a-z_]+)?)`", DECISION))


def test_every_page_has_its_verb_or_its_reason():
    assert pages() - set(VERBS) - left_to_pages() == set()


def test_every_verb_that_is_named_is_there():
    named = {verb for verbs in VERBS.values() for verb in verbs.split()}
    assert named == set(operation_ids())
    assert set(VERBS) - pages() == set()


def test_every_verb_says_what_it_does():
    verbs = [verb for verbs in schema()["paths"].values() for verb in verbs.values()]
    assert [verb["operationId"] for verb in verbs if not verb.get("description")] == []


def test_a_page_without_a_verb_would_be_seen():
    some = {page: verbs for page, verbs in VERBS.items() if page != "quiz:start"}
    assert pages() - set(some) - left_to_pages() == {"quiz:start"}
