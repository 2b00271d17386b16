from django.urls import path

from unionhall.domain.corrections import views

app_name = "corrections"

urlpatterns = [
    path("who/", views.who, name="who"),
    path("who/found/", views.found, name="found"),
    path("new/<slug:what>/", views.new, name="new"),
    path("<int:case_id>/", views.correction, name="correction"),
    path("<int:case_id>/answer/", views.answer, name="answer"),
]
