"""Who may use an operation: declared with it, and checked before anything of the request is read."""

from dataclasses import dataclass
from typing import cast

from django.http import HttpRequest

from accounts.enums import OrganisationKind
from api.problems import Problem, of_refusal, of_request
from api.requests import ProgramRequest
from marketplace.web import rate_limits

REALM = 'Bearer realm="marketplace"'


@dataclass(frozen=True)
class Declared:
    """What an operation needs: a scope, and where it has one a side of the market and a role.

    One that is public asks for the scope only where a token is sent; one of files by their kind asks for the kind's.
    """

    scope: str
    kind: str | None = None
    role: str | None = None
    is_heavy: bool = False
    is_public: bool = False
    by_kind: bool = False

    def __call__(self, request: HttpRequest) -> bool:
        """True; raises :class:`Problem` for who may not."""
        asked = cast(ProgramRequest, request)
        acting = asked.acting
        if asked.denied is not None:
            raise of_refusal(asked.denied)
        if self.is_public and not asked.has_token:
            check_rate("public", rate_limits.visitor(request))
            return True
        if acting is None:
            code = "token_unknown" if asked.has_token else "token_missing"
            raise of_request(code, headers={"WWW-Authenticate": REALM})
        self.check_scope(asked, self.scope)
        if self.kind is not None and asked.member.organisation.kind != self.kind:
            raise of_request("not_found", _other_side(self.kind))
        if self.role is not None and not asked.member.holds(self.role):
            raise of_request("role_missing", f"This needs the role {self.role.capitalize()}.")
        if self.is_heavy:
            check_rate("program_heavy", str(asked.client.pk))
        return True

    @staticmethod
    def check_scope(request: ProgramRequest, scope: str) -> None:
        """Raise :class:`Problem` unless the token has the scope; an empty one is always there."""
        held = request.acting.scopes if request.acting is not None else frozenset()
        if scope and scope not in held:
            raise of_request(
                "scope_missing",
                f"This needs the scope {scope}, which the token does not have.",
                headers={"WWW-Authenticate": f'{REALM}, error="insufficient_scope", scope="{scope}"'},
            )


def check_rate(name: str, key: str) -> None:
    """Count one request; raise :class:`Problem` beyond the rate that the settings give under this name."""
    rate = rate_limits.rate_named(name)
    if not rate_limits.allowed(name, key, rate):
        raise too_many(rate)


def too_many(rate: rate_limits.Rate) -> Problem:
    """The answer beyond a rate."""
    wait = rate_limits.in_words(rate.seconds)
    sentence = f"More than {rate.times} requests came in {wait}. Send it again in {wait}."
    return of_request("too_many_requests", sentence, headers={"Retry-After": str(rate.seconds)})


def _other_side(kind: str) -> str:
    whose = "system operators" if kind == OrganisationKind.SYSTEM_OPERATOR else "providers"
    return f"Only {whose} have this address."
