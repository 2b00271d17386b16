from django.urls import path

from unionhall.domain.lectures import views

app_name = "lectures"

urlpatterns = [
    path("", views.index, name="index"),
    path("<int:phase_id>/", views.phase, name="phase"),
    path("<int:phase_id>/standing/", views.standing, name="standing"),
    path("<int:phase_id>/text/", views.text, name="text"),
    path("<int:phase_id>/read/", views.read, name="read"),
    path("<int:phase_id>/quiz/", views.quiz, name="quiz"),
    path("<int:phase_id>/video/", views.video, name="video"),
    path("<int:phase_id>/captions/", views.captions, name="captions"),
]
