"""The vouchers' verbs: ``member`` for their owners, ``till`` for clerks, ``desk`` for officers."""

from ninja import Router

from unionhall.domain.welfare.api import desk, giveaways, member, till

router = Router()
router.add_router("", member.router)
router.add_router("", till.router)
router.add_router("", giveaways.router)
router.add_router("/desk", desk.router)
router.add_router("/desk", giveaways.desk_router)
