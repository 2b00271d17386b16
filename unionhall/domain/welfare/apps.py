from django.apps import AppConfig


class WelfareConfig(AppConfig):
    name = "unionhall.domain.welfare"
    verbose_name = "普惠"
