from django.urls import path

from unionhall.people.members.desk import absences, bulk, figures, filters, people, rolls, transfers

app_name = "members_desk"

urlpatterns = [
    path("", people.index, name="index"),
    path("bulk/", bulk.deeds, name="bulk"),
    path("bulk/<int:bulk_id>/", bulk.deed, name="bulk_deed"),
    path("bulk/<int:bulk_id>/undo/", bulk.undo, name="bulk_undo"),
    path("filters/", filters.filters, name="filters"),
    path("filters/<int:filter_id>/removal/", filters.forget, name="filter_removal"),
    path("<int:member_id>/", people.member, name="member"),
    path("<int:member_id>/standing/", transfers.standing, name="standing"),
    path("<int:member_id>/move/", transfers.move, name="move"),
    path("<int:member_id>/<slug:field>/", people.unmask, name="unmask"),
    path("figures/", figures.figures, name="figures"),
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
