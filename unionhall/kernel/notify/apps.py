from django.apps import AppConfig


class NotifyConfig(AppConfig):
    name = "unionhall.kernel.notify"
    verbose_name = "通知"
