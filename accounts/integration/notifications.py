"""The kinds of messages about logins."""

from accounts.domain.login_mails import KINDS
from marketplace.notifications import declare

declare(*KINDS)
