from unionhall.domain.quiz.models.bank_imports import BankImport, BankImportRow
from unionhall.domain.quiz.models.banks import (
    Bank,
    Question,
    QuestionPicture,
    QuestionTally,
    QuestionVersion,
)
from unionhall.domain.quiz.models.contests import Admission, Answer, Attempt, Contest, Review

__all__ = [
    "Admission",
    "Answer",
    "Attempt",
    "Bank",
    "BankImport",
    "BankImportRow",
    "Contest",
    "Question",
    "QuestionPicture",
    "QuestionTally",
    "QuestionVersion",
    "Review",
]
