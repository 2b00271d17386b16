from unionhall.base.sweep import Sweep
from unionhall.domain.quiz.actions import close_due, hand_in_overdue, tally_handed_in

SWEEPS = [Sweep(hand_in_overdue, 15), Sweep(close_due, 60), Sweep(tally_handed_in, 20)]
