from django.urls import path

from unionhall.kernel.casework import views

app_name = "casework"

urlpatterns = [
    path("", views.index, name="index"),
    path("<int:case_id>/notes/", views.note, name="note"),
    path("<int:case_id>/withdrawal/", views.withdraw, name="withdrawal"),
    path("<int:case_id>/papers/<int:file_id>/", views.paper, name="paper"),
]
