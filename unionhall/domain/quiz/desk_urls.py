from django.urls import path

from unionhall.domain.quiz import desk

app_name = "quiz_desk"
urlpatterns = [
    path("banks/", desk.banks, name="banks"),
    path("banks/<int:bank_id>/", desk.bank, name="bank"),
    path("banks/<int:bank_id>/questions.xlsx", desk.bank_xlsx, name="bank_xlsx"),
    path("banks/<int:bank_id>/statistics/", desk.statistics, name="statistics"),
    path("banks/import/", desk.check_import, name="import"),
    path("banks/import/run/", desk.run_import, name="run_import"),
    path("questions/<int:question_id>/", desk.question, name="question"),
    path("questions/<int:question_id>/retirement/", desk.retirement, name="retirement"),
    path("contests/<int:contest_id>/trial/", desk.trial, name="trial"),
    path("reviews/", desk.reviews, name="reviews"),
    path("reviews/<int:review_id>/", desk.review, name="review"),
]
