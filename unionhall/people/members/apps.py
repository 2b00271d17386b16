from django.apps import AppConfig


class MembersConfig(AppConfig):
    name = "unionhall.people.members"
    verbose_name = "会员"
