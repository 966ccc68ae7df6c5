"""What the operations of this door share: how they are declared, and the parameters that OpenADR names."""

import uuid
from dataclasses import dataclass

from django.http import HttpRequest

from api.doors import Door
from api.problems import of_request

PREFIX = "/openadr3/3.1.0"
MOST = 50
LONGEST_SKIP = 1_000_000
DOOR = Door()


@dataclass(frozen=True)
class Page:
    """Which part of a list is asked for."""

    skip: int
    limit: int

    @property
    def part(self) -> slice:
        return slice(self.skip, self.skip + self.limit)


def page_of(request: HttpRequest) -> Page:
    """``skip`` and ``limit`` of a request. Raises :class:`Problem` for what is no such number."""
    return Page(_whole(request, "skip", 0, LONGEST_SKIP), _whole(request, "limit", MOST, MOST))


def _whole(request: HttpRequest, name: str, usual: int, most: int) -> int:
    told = request.GET.get(name, str(usual))
    if not (told.isascii() and told.isdecimal() and len(told) <= 8 and int(told) <= most):
        raise of_request("body_invalid", f"{name} is a whole number from 0 to {most}.")
    return int(told)


def listed_in(request: HttpRequest, name: str) -> list[str]:
    """The values of a parameter that may be given several times, or once with commas between."""
    told = [part.strip() for each in request.GET.getlist(name) for part in each.split(",")]
    return [each for each in told if each][:100]


def flag_in(request: HttpRequest, name: str) -> bool:
    """Whether a parameter says true. Raises :class:`Problem` for what is neither true nor false."""
    told = request.GET.get(name, "false").lower()
    if told not in ("true", "false"):
        raise of_request("body_invalid", f"{name} is true or false.")
    return told == "true"


def id_of(text: str) -> uuid.UUID | None:
    """The ID that a text is; None for a text that is none of ours."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def missing(what: str) -> Exception:
    """The problem of a thing that is not there, or not the reader's."""
    return of_request("not_found", f"There is no such {what} among yours.")
