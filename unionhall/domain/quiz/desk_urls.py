from django.urls import path

from unionhall.domain.quiz.desk import banks, contests, imports

app_name = "quiz_desk"
urlpatterns = [
    path("banks/", banks.banks, name="banks"),
    path("banks/<int:bank_id>/", banks.bank, name="bank"),
    path("banks/<int:bank_id>/export/", banks.export, name="export"),
    path("banks/<int:bank_id>/statistics/", banks.statistics, name="statistics"),
    path("banks/import/", imports.imports, name="import"),
    path("banks/import/<int:bank_import_id>/", imports.bank_import, name="bank_import"),
    path("banks/import/<int:bank_import_id>/confirmation/", imports.confirm, name="confirmation"),
    path("banks/import/<int:bank_import_id>/discard/", imports.discard, name="discard"),
    path("banks/import/<int:bank_import_id>/undo/", imports.undo, name="undo"),
    path("banks/import/<int:bank_import_id>/annotated/", imports.annotated, name="annotated"),
    path("banks/import/<int:bank_import_id>/report/", imports.report, name="report"),
    path("questions/<int:question_id>/", banks.question, name="question"),
    path("questions/<int:question_id>/picture/<int:nth>/", banks.picture, name="picture"),
    path("questions/<int:question_id>/retirement/", banks.retirement, name="retirement"),
    path("contests/<int:contest_id>/trial/", contests.trial, name="trial"),
    path("reviews/", contests.reviews, name="reviews"),
    path("reviews/<int:review_id>/", contests.review, name="review"),
]
