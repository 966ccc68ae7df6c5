"""The kinds of messages about logins."""

from marketplace.notifications import Kind, declare

INVITATION = Kind("invitation", "Invitations", switchable=False, explanation="Only by email.")
SECURITY = Kind(
    "security", "How you sign in: passwords, second factors", switchable=False, explanation="Only by email."
)

declare(INVITATION)
declare(SECURITY)
