from django.urls import path

from unionhall.domain.corrections import desk

app_name = "corrections_desk"

urlpatterns = [
    path("<int:case_id>/", desk.correction, name="correction"),
    path("<int:case_id>/acceptance/", desk.accept, name="acceptance"),
    path("<int:case_id>/refusal/", desk.decline, name="refusal"),
    path("<int:case_id>/unmasked/", desk.unmask, name="unmasked"),
    path("of/<int:member_id>/login/", desk.login, name="login"),
    path("of/<int:member_id>/<slug:what>/", desk.new, name="new"),
]
