from django.apps import AppConfig


class PersonalConfig(AppConfig):
    name = "unionhall.people.personal"
    verbose_name = "本人的资料"
