"""The lectures' verbs: ``member`` for whoever takes part; ``composing`` and ``running`` for officers."""

from ninja import Router

from unionhall.domain.lectures.api import composing, member, running

router = Router()
router.add_router("", member.router)
router.add_router("/desk", composing.router)
router.add_router("/desk", running.router)
