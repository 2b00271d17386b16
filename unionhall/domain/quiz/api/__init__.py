"""The quiz's verbs: ``member`` for whoever sits one, ``desk`` for officers."""

from ninja import Router

from unionhall.domain.quiz.api import desk, member

router = Router()
router.add_router("", member.router)
router.add_router("/desk", desk.router)
