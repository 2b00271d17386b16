from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "unionhall.site"
    verbose_name = "Unionhall"
