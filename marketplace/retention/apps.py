from django.apps import AppConfig


class RetentionConfig(AppConfig):
    name = "marketplace.retention"
    label = "retention"
