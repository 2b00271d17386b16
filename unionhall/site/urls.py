"""All routes: the front door is here, the chapters' routes are their own."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import include, path

# While the house is being built, what does not stand yet is left out.
WINGS = [
    ("", "unionhall.site.front_urls"),
    ("unions/", "unionhall.people.unions.urls"),
    ("desk/unions/", "unionhall.people.unions.desk_urls"),
    ("desk/members/", "unionhall.people.members.desk_urls"),
    ("inbox/", "unionhall.kernel.notify.urls"),
    ("demo/", "unionhall.kernel.notify.demo_urls"),
    ("desk/learning/", "unionhall.domain.learning.desk_urls"),
    ("quiz/", "unionhall.domain.quiz.urls"),
    ("desk/quiz/", "unionhall.domain.quiz.desk_urls"),
    ("vouchers/", "unionhall.domain.welfare.urls"),
    ("merchant/", "unionhall.domain.welfare.merchant_urls"),
    ("desk/welfare/", "unionhall.domain.welfare.desk_urls"),
    ("lectures/", "unionhall.domain.lectures.urls"),
    ("desk/lectures/", "unionhall.domain.lectures.desk_urls"),
]


def _stands(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


urlpatterns = [path(prefix, include(module)) for prefix, module in WINGS if _stands(module)]

from unionhall.site.api import api  # noqa: E402

urlpatterns.append(path("api/v1/", api.urls))
