from django.urls import path

from unionhall.people.unions import desk

app_name = "unions_desk"

urlpatterns = [
    path("", desk.index, name="index"),
    path("<int:union_id>/", desk.union, name="union"),
    path("<int:union_id>/offices/", desk.appoint, name="offices"),
    path("offices/<int:office_id>/dismissal/", desk.dismiss, name="dismissal"),
    path("import/", desk.imports, name="import"),
    path("import/<int:list_id>/", desk.list_import, name="list_import"),
    path("import/<int:list_id>/annotated/", desk.annotated, name="annotated"),
    path("import/<int:list_id>/confirmation/", desk.confirm, name="confirmation"),
    path("import/<int:list_id>/discard/", desk.discard, name="discard"),
]
