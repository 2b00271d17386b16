from django.apps import AppConfig


class EnrolmentConfig(AppConfig):
    name = "unionhall.domain.enrolment"
    verbose_name = "会籍"
