from unionhall.domain.quiz.models.banks import Bank, Question, QuestionTally, QuestionVersion
from unionhall.domain.quiz.models.contests import Admission, Answer, Attempt, Contest, Review

__all__ = [
    "Admission",
    "Answer",
    "Attempt",
    "Bank",
    "Contest",
    "Question",
    "QuestionTally",
    "QuestionVersion",
    "Review",
]
