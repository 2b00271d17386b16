"""All that changes anything in the quiz.

quiz.admit(contest, member, because="watched")
attempt = quiz.start_attempt(contest, member)
quiz.save_answer(attempt, 1, ["B"], seq=0)
quiz.hand_in(attempt)                               # .score, .passed_as, .prize or .prize_refusal
"""

from unionhall.domain.quiz.actions.attempts import (
    hand_in,
    hand_in_overdue,
    save_answer,
    start_attempt,
    start_trial,
)
from unionhall.domain.quiz.actions.bank_imports import (
    SMALL,
    check_safely,
    check_waiting_banks,
    confirm_bank_import,
    discard_bank_import,
    forget_old_bank_imports,
    receive_bank,
)
from unionhall.domain.quiz.actions.banks import edit_question, export_bank, retire_question
from unionhall.domain.quiz.actions.contests import (
    admit,
    close_contest,
    close_due,
    discard_draft,
    end_contest,
    enter_on_paper,
    publish_contest,
)
from unionhall.domain.quiz.actions.prizes import resize_prizes
from unionhall.domain.quiz.actions.reviews import answer_review, ask_review
from unionhall.domain.quiz.actions.taking_banks_in import (
    BATCH,
    import_questions,
    take_in_all,
    take_in_confirmed_banks,
    take_in_next_questions,
)
from unionhall.domain.quiz.actions.tallies import tally_handed_in
from unionhall.domain.quiz.actions.undoing_banks import undo_bank_import

__all__ = [
    "BATCH",
    "SMALL",
    "admit",
    "answer_review",
    "ask_review",
    "check_safely",
    "check_waiting_banks",
    "close_contest",
    "close_due",
    "confirm_bank_import",
    "discard_bank_import",
    "discard_draft",
    "edit_question",
    "end_contest",
    "enter_on_paper",
    "export_bank",
    "forget_old_bank_imports",
    "hand_in",
    "hand_in_overdue",
    "import_questions",
    "publish_contest",
    "receive_bank",
    "resize_prizes",
    "retire_question",
    "save_answer",
    "start_attempt",
    "start_trial",
    "take_in_all",
    "take_in_confirmed_banks",
    "take_in_next_questions",
    "tally_handed_in",
    "undo_bank_import",
]
