"""Every write of the lecture halls: drafts, publishing, watching, mailings, places, the desk while a phase runs."""

from unionhall.domain.lectures.actions.desk import enter_on_paper
from unionhall.domain.lectures.actions.drafts import (
    Page,
    SavedMeanwhile,
    add_phase,
    compose,
    copy_series,
    drop_phase,
    save_draft,
)
from unionhall.domain.lectures.actions.mailings import remind_not_started, send_mailings
from unionhall.domain.lectures.actions.places import change_places
from unionhall.domain.lectures.actions.publishing import close_due, close_early, publish, try_out
from unionhall.domain.lectures.actions.reports import read_report, take_report, take_reports
from unionhall.domain.lectures.actions.watching import (
    go_to_quiz,
    open_player,
    open_text,
    read_text,
    report_watched,
)

__all__ = [
    "Page",
    "SavedMeanwhile",
    "add_phase",
    "change_places",
    "close_due",
    "close_early",
    "compose",
    "copy_series",
    "drop_phase",
    "enter_on_paper",
    "go_to_quiz",
    "open_player",
    "open_text",
    "publish",
    "read_report",
    "read_text",
    "remind_not_started",
    "report_watched",
    "save_draft",
    "send_mailings",
    "take_report",
    "take_reports",
    "try_out",
]
