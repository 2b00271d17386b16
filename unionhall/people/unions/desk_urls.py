from django.urls import path

from unionhall.people.unions.desk import lists, terms, tree

app_name = "unions_desk"

urlpatterns = [
    path("", tree.index, name="index"),
    path("<int:union_id>/", tree.union, name="union"),
    path("<int:union_id>/offices/", tree.appoint, name="offices"),
    path("offices/", tree.staff, name="staff"),
    path("offices/<int:office_id>/dismissal/", tree.dismiss, name="dismissal"),
    path("<int:union_id>/term/", terms.renewal, name="renewal"),
    path("terms/", terms.terms, name="terms"),
    path("import/", lists.imports, name="import"),
    path("import/<int:list_id>/", lists.list_import, name="list_import"),
    path("import/<int:list_id>/annotated/", lists.annotated, name="annotated"),
    path("import/<int:list_id>/confirmation/", lists.confirm, name="confirmation"),
    path("import/<int:list_id>/discard/", lists.discard, name="discard"),
    path("import/<int:list_id>/undo/", lists.undo, name="undo"),
    path("import/<int:list_id>/absent/", lists.absent, name="absent"),
    path("import/<int:list_id>/report/", lists.report, name="report"),
]
