from django.urls import path

from unionhall.domain.enrolment.desk import applications, changes

app_name = "enrolment_desk"

urlpatterns = [
    path("", applications.index, name="index"),
    path("acceptances/", applications.accept_many, name="acceptances"),
    path("of/<int:union_id>/", applications.invitation, name="invitation"),
    path("<int:application_id>/", applications.application, name="application"),
    path("<int:application_id>/acceptance/", applications.accept, name="acceptance"),
    path("<int:application_id>/refusal/", applications.decline, name="refusal"),
    path("<int:application_id>/unmasked/", applications.unmask, name="unmasked"),
    path("changes/<int:change_id>/", changes.change, name="change"),
    path("changes/<int:change_id>/acceptance/", changes.accept, name="change_acceptance"),
    path("changes/<int:change_id>/refusal/", changes.decline, name="change_refusal"),
]
