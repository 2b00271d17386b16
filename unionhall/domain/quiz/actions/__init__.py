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
from unionhall.domain.quiz.actions.banks import (
    edit_question,
    export_bank,
    import_questions,
    retire_question,
)
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
from unionhall.domain.quiz.actions.tallies import tally_handed_in

__all__ = [
    "admit",
    "answer_review",
    "ask_review",
    "close_contest",
    "close_due",
    "discard_draft",
    "edit_question",
    "end_contest",
    "enter_on_paper",
    "export_bank",
    "hand_in",
    "hand_in_overdue",
    "import_questions",
    "publish_contest",
    "resize_prizes",
    "retire_question",
    "save_answer",
    "start_attempt",
    "start_trial",
    "tally_handed_in",
]
