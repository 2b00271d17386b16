from unionhall.people.members.models.bulk import BulkDeed, BulkRow
from unionhall.people.members.models.figures import KeptFigures
from unionhall.people.members.models.filters import SavedFilter
from unionhall.people.members.models.people import (
    ID_NUMBER,
    PHONE,
    PHONE_TAIL,
    Change,
    Member,
    Membership,
    TransferRequest,
)
from unionhall.people.members.models.reorganisations import Reorganisation
from unionhall.people.members.models.rolls import (
    ROLL_FILE,
    Absence,
    Newcomer,
    RollImport,
    RollPage,
    RollRow,
)

__all__ = [
    "ID_NUMBER",
    "PHONE",
    "PHONE_TAIL",
    "ROLL_FILE",
    "Absence",
    "BulkDeed",
    "BulkRow",
    "Change",
    "KeptFigures",
    "Member",
    "Membership",
    "Newcomer",
    "Reorganisation",
    "RollImport",
    "RollPage",
    "RollRow",
    "SavedFilter",
    "TransferRequest",
]
