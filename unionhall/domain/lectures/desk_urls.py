from django.urls import path

from unionhall.domain.lectures.desk import composing, results, running

app_name = "lectures_desk"

urlpatterns = [
    path("", composing.index, name="index"),
    path("new/", composing.new, name="new"),
    path("<int:series_id>/", running.series, name="series"),
    path("<int:series_id>/compose/", composing.compose, name="compose"),
    path("<int:series_id>/draft/", composing.save, name="save"),
    path("<int:series_id>/publish/", composing.publish, name="publish"),
    path("<int:series_id>/copy/", composing.copy, name="copy"),
    path("phases/<int:phase_id>/preview/", composing.preview, name="preview"),
    path("phases/<int:phase_id>/trial/", composing.trial, name="trial"),
    path("phases/<int:phase_id>/live/", running.live, name="live"),
    path("phases/<int:phase_id>/not-started/", running.waiting, name="waiting"),
    path("phases/<int:phase_id>/not-started/reminder/", running.remind, name="remind"),
    path("phases/<int:phase_id>/paper/", running.paper, name="paper"),
    path("phases/<int:phase_id>/places/", running.places, name="places"),
    path("phases/<int:phase_id>/end/", running.close, name="close"),
    path("phases/<int:phase_id>/report/", results.report, name="report"),
    path("phases/<int:phase_id>/to-sign/", results.to_sign, name="to_sign"),
]
