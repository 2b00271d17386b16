from django.urls import path

from unionhall.people.members.desk import absences, people, rolls, transfers

app_name = "members_desk"

urlpatterns = [
    path("", people.index, name="index"),
    path("<int:member_id>/", people.member, name="member"),
    path("<int:member_id>/standing/", transfers.standing, name="standing"),
    path("<int:member_id>/move/", transfers.move, name="move"),
    path("<int:member_id>/<slug:field>/", people.unmask, name="unmask"),
    path("transfers/", transfers.transfers, name="transfers"),
    path("transfers/<int:request_id>/", transfers.transfer, name="transfer"),
    path("import/", rolls.imports, name="import"),
    path("import/<int:roll_id>/", rolls.roll, name="roll_import"),
    path("import/<int:roll_id>/confirmation/", rolls.confirm, name="confirmation"),
    path("import/<int:roll_id>/discard/", rolls.discard, name="discard"),
    path("import/<int:roll_id>/undo/", rolls.undo, name="undo"),
    path("import/<int:roll_id>/absent/", absences.absent, name="absent"),
    path("import/<int:roll_id>/annotated/", rolls.annotated, name="annotated"),
    path("import/<int:roll_id>/report/", rolls.report, name="report"),
]
