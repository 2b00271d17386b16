from django.apps import AppConfig


class LearningConfig(AppConfig):
    name = "unionhall.domain.learning"
    verbose_name = "学习"
