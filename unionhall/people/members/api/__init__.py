"""The officer's roll, rolls that are sent in or pushed, and transfers."""

from ninja import Router

from unionhall.base.api import OnlyFor
from unionhall.people.members.api.people import desk as people
from unionhall.people.members.api.rolls import desk as rolls
from unionhall.people.members.api.transfers import desk as transfers
from unionhall.people.unions.access import runs_unions

router = Router()
router.add_router("/desk", people, auth=OnlyFor(runs_unions))
router.add_router("/desk/rolls", rolls, auth=OnlyFor(runs_unions))
router.add_router("/desk/transfers", transfers, auth=OnlyFor(runs_unions))
