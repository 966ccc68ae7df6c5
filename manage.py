#!/usr/bin/env python
import os
import sys

from django.core.management import execute_from_command_line

from marketplace.memory import collect_rarely

if __name__ == "__main__":
    collect_rarely()
    os.environ.setdefault("PROCESS_ROLE", "command")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
    execute_from_command_line(sys.argv)
