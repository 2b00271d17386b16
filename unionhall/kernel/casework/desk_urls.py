from django.urls import path

from unionhall.kernel.casework import desk

app_name = "casework_desk"

urlpatterns = [
    path("", desk.index, name="index"),
    path("<int:case_id>/notes/", desk.note, name="note"),
    path("<int:case_id>/handler/", desk.handler, name="handler"),
    path("<int:case_id>/union/", desk.move, name="move"),
    path("<int:case_id>/papers/<int:file_id>/", desk.paper, name="paper"),
]
