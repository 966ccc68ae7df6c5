"""The channel of mails about logins, and the states of such a mail, as the docs draw them."""

from accounts.domain.login_mails import LoginMails
from accounts.enums import LOGIN_MAIL_TRANSITIONS, LoginMailState
from marketplace import states
from marketplace.deliveries import channels

states.register(
    states.Machine(
        "accounts.LoginMail", "state", LoginMailState, LoginMailState.WAITING, LOGIN_MAIL_TRANSITIONS
    )
)
channels.register(LoginMails)
