"""The routes of all pages: what a worker needs to say where a message leads, without the API."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("unionhall.site.front_urls")),
    path("inbox/", include("unionhall.kernel.notify.urls")),
    path("lectures/", include("unionhall.domain.lectures.urls")),
    path("quiz/", include("unionhall.domain.quiz.urls")),
    path("vouchers/", include("unionhall.domain.welfare.urls")),
    path("cases/", include("unionhall.kernel.casework.urls")),
    path("corrections/", include("unionhall.domain.corrections.urls")),
    path("enrolment/", include("unionhall.domain.enrolment.urls")),
    path("demo/", include("unionhall.kernel.notify.demo_urls")),
    # officers
    path("desk/unions/", include("unionhall.people.unions.desk_urls")),
    path("desk/members/receivers/", include("unionhall.people.webhooks.desk_urls")),
    path("desk/members/programs/", include("unionhall.people.programs.desk_urls")),
    path("desk/members/", include("unionhall.people.members.desk_urls")),
    path("desk/cases/", include("unionhall.kernel.casework.desk_urls")),
    path("desk/corrections/", include("unionhall.domain.corrections.desk_urls")),
    path("desk/enrolment/", include("unionhall.domain.enrolment.desk_urls")),
    path("desk/learning/", include("unionhall.domain.learning.desk_urls")),
    path("desk/quiz/", include("unionhall.domain.quiz.desk_urls")),
    path("desk/lectures/", include("unionhall.domain.lectures.desk_urls")),
    path("desk/welfare/", include("unionhall.domain.welfare.desk_urls")),
    # merchants
    path("merchant/", include("unionhall.domain.welfare.merchant_urls")),
]
