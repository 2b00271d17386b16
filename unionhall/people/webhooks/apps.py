from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "unionhall.people.webhooks"
    verbose_name = "告诉别的系统"
