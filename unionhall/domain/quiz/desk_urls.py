from django.urls import path

from unionhall.domain.quiz.desk import banks, contests, imports

app_name = "quiz_desk"
urlpatterns = [
    path("banks/", banks.banks, name="banks"),
    path("banks/<int:bank_id>/", banks.bank, name="bank"),
    path("banks/<int:bank_id>/export/", banks.export, name="export"),
    path("banks/<int:bank_id>/statistics/", banks.statistics, name="statistics"),
    path("banks/import/", imports.check_import, name="import"),
    path("banks/import/run/", imports.run_import, name="run_import"),
    path("banks/import/report/", imports.import_report, name="import_report"),
    path("questions/<int:question_id>/", banks.question, name="question"),
    path("questions/<int:question_id>/picture/", banks.picture, name="picture"),
    path("questions/<int:question_id>/retirement/", banks.retirement, name="retirement"),
    path("contests/<int:contest_id>/trial/", contests.trial, name="trial"),
    path("reviews/", contests.reviews, name="reviews"),
    path("reviews/<int:review_id>/", contests.review, name="review"),
]
