from django.urls import path

from unionhall.domain.quiz import views

app_name = "quiz"
urlpatterns = [
    path("<int:contest_id>/", views.contest, name="contest"),
    path("<int:contest_id>/start/", views.start, name="start"),
    path("<int:contest_id>/standing/", views.standing, name="standing"),
    path("<int:contest_id>/winners/", views.winners_list, name="winners"),
    path("<int:contest_id>/winners.csv", views.winners_csv, name="winners_csv"),
    path("winners/verify/", views.verify, name="verify"),
    path("attempts/<int:attempt_id>/", views.attempt, name="attempt"),
    path("attempts/<int:attempt_id>/<int:position>/", views.question, name="question"),
    path(
        "attempts/<int:attempt_id>/<int:position>/picture/<int:nth>/", views.picture, name="picture"
    ),
    path("attempts/<int:attempt_id>/hand-in/", views.hand_in, name="hand_in"),
    path("attempts/<int:attempt_id>/result/", views.result, name="result"),
    path("attempts/<int:attempt_id>/review/", views.review, name="review"),
]
