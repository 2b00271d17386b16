from django.urls import path

from unionhall.domain.enrolment.views import changes, joining

app_name = "enrolment"

urlpatterns = [
    path("new/", joining.new, name="new"),
    path("new/<slug:situation>/", joining.where, name="where"),
    path("new/<slug:situation>/<int:into_id>/", joining.who, name="who"),
    path("<int:application_id>/", joining.application, name="application"),
    path("<int:application_id>/answer/", joining.answer, name="answer"),
    path("transfer/", changes.transfer, name="transfer"),
    path("leave/", changes.leave, name="leave"),
    path("retirement/", changes.retirement, name="retirement"),
    path("changes/<int:change_id>/", changes.change, name="change"),
    path("changes/<int:change_id>/stop/", changes.stop, name="stop"),
]
