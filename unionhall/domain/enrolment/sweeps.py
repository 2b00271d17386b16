from unionhall.base.sweep import Sweep
from unionhall.domain.enrolment import actions as enrolment

SWEEPS = [
    Sweep(enrolment.follow_transfers, seconds=10),
    Sweep(enrolment.end_memberships_asked_to_end, seconds=600),
]
