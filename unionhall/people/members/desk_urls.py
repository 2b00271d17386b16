from django.urls import path

from unionhall.people.members.desk import people, rolls

app_name = "members_desk"

urlpatterns = [
    path("", people.index, name="index"),
    path("<int:member_id>/", people.member, name="member"),
    path("<int:member_id>/<slug:field>/", people.unmask, name="unmask"),
    path("import/", rolls.imports, name="import"),
    path("import/<int:roll_id>/", rolls.roll, name="roll_import"),
    path("import/<int:roll_id>/confirmation/", rolls.confirm, name="confirmation"),
    path("import/<int:roll_id>/discard/", rolls.discard, name="discard"),
    path("import/<int:roll_id>/report/", rolls.report, name="report"),
]
