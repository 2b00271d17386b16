from unionhall.base.sweep import Sweep
from unionhall.domain.quiz import actions as quiz

SWEEPS = [
    Sweep(quiz.hand_in_overdue, 15),
    Sweep(quiz.close_due, 60),
    Sweep(quiz.tally_handed_in, 20),
    Sweep(quiz.check_waiting_banks, 2),
    Sweep(quiz.take_in_confirmed_banks, 2),
    Sweep(quiz.forget_old_bank_imports, 3600),
]
