from django.apps import AppConfig


class ProgramsConfig(AppConfig):
    name = "unionhall.people.programs"
    verbose_name = "程序密钥"
