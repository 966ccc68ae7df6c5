from django.apps import AppConfig


class BackupConfig(AppConfig):
    name = "marketplace.backup"
    label = "backup"
