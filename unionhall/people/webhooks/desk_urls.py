from django.urls import path

from unionhall.people.webhooks import desk

app_name = "webhooks_desk"

urlpatterns = [
    path("", desk.index, name="index"),
    path("new/", desk.new, name="new"),
    path("<int:receiver_id>/", desk.receiver, name="receiver"),
    path("<int:receiver_id>/secret/", desk.rotation, name="secret"),
    path("<int:receiver_id>/stop/", desk.stopping, name="stop"),
    path("events/<int:event_id>/again/", desk.again, name="again"),
]
