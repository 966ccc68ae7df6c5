"""The names of organisations, as the audit log shows them."""

from accounts.domain.erasure import pseudonyms
from accounts.domain.queries import organisation_names
from marketplace.audit.sentences import register_names, register_pseudonyms

register_names(organisation_names)
register_pseudonyms(pseudonyms)
