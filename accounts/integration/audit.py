"""The names of organisations, as the audit log shows them, and whether any operator did anything meanwhile."""

from accounts.domain.erasure import pseudonyms
from accounts.domain.queries import operators_mark, organisation_names
from marketplace.audit.sentences import register_names, register_pseudonyms
from marketplace.web.visitors import register_public_mark

register_names(organisation_names)
register_pseudonyms(pseudonyms)
register_public_mark(operators_mark)
