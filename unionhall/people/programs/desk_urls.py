from django.urls import path

from unionhall.people.programs import desk

app_name = "programs_desk"

urlpatterns = [
    path("", desk.index, name="index"),
    path("new/", desk.new, name="new"),
    path("<int:key_id>/rotation/", desk.rotate, name="rotation"),
    path("<int:key_id>/revocation/", desk.revoke, name="revocation"),
]
