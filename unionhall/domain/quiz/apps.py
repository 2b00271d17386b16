from django.apps import AppConfig


class QuizConfig(AppConfig):
    name = "unionhall.domain.quiz"
    verbose_name = "答题"
