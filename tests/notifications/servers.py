"""Mail servers that behave badly."""

import os
import signal
import threading
import time

from django.core.mail.backends.base import BaseEmailBackend

sent: list = []
lock = threading.Lock()


class Slow(BaseEmailBackend):
    """Takes its time, so that workers meet."""

    def send_messages(self, messages):
        time.sleep(0.05)
        with lock:
            sent.extend(messages)
        return len(messages)


class Refusing(BaseEmailBackend):
    """Takes no mail."""

    def send_messages(self, messages):
        raise OSError("550 no such mailbox")


class Away(BaseEmailBackend):
    """Can't be reached."""

    def open(self):
        raise ConnectionRefusedError("nobody there")

    def send_messages(self, messages):
        raise AssertionError("nothing is sent to a server that can't be reached")


class AwayOnSending(BaseEmailBackend):
    """Can't be reached, which is found out when a mail is sent."""

    def send_messages(self, messages):
        raise ConnectionRefusedError("nobody there")


class KilledAfterSending(BaseEmailBackend):
    """The worker dies when the mail is out and nothing is noted yet."""

    def send_messages(self, messages):
        with lock:
            sent.extend(messages)
        raise SystemExit(9)


class KillsItsWorker(BaseEmailBackend):
    """The process is killed after the claim and before anything is sent."""

    def send_messages(self, messages):
        os.kill(os.getpid(), signal.SIGKILL)
