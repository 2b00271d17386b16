from django.apps import AppConfig


class AudienceConfig(AppConfig):
    name = "unionhall.kernel.audience"
    verbose_name = "对象"
