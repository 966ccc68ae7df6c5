"""The pages of statements: the list, one of them with its versions, one line, and making final."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Role
from accounts.requests import MemberRequest
from marketplace import clock
from marketplace.dates import month_code
from marketplace.numbers import counted
from marketplace.web.access import member
from marketplace.web.lists import list_page
from marketplace.web.refusals import refusal_shown
from marketplace.web.ticks import ticked
from settlement import rules
from settlement.domain.agreeing import agree_to_statement
from settlement.domain.failed_runs import failed_runs_of
from settlement.domain.finalising import Finalised, finalise, takes_two, withdraw_final_proposal
from settlement.domain.results import unpacked
from settlement.domain.runs import rounds_of
from settlement.domain.statement_queries import any_to_finalise, statements_of, versions_of
from settlement.filters.statements import StatementFilter
from settlement.models import Statement, StatementVersion
from settlement.presenters import statement_page as shown
from settlement.presenters.line_page import shown_dispatch
from settlement.presenters.statement_list import chips_of, months_to_run, rows_of
from settlement.tables.statements import StatementList


@require_GET
@member(role=Role.CONTRACTS)
def statement_list(request: MemberRequest) -> HttpResponse:
    """Every statement of the member's organisation, the newest month first."""
    own = statements_of(request.member)
    found = StatementFilter(request.GET, queryset=own)
    may_run = rules.can_run(request.member)
    listing = StatementList(
        found.qs,
        request=request,
        rows=lambda records: rows_of(request.member, records),
        zone=request.member.organisation.zone,
        chips=chips_of(own),
        exclude=() if may_run and any_to_finalise(found.qs) else ("select",),
    )
    now = clock.now()
    context = {
        "filter": found,
        "any": own.exists(),
        "may_run": may_run,
        "months": months_to_run(request.member, now) if may_run else [],
        "rounds": rounds_of(request.member) if may_run else [],
        "failed": failed_runs_of(request.member) if may_run else [],
        "takes_two": may_run and takes_two(request.member.organisation),
    }
    return list_page(request, "settlement/statements.html", listing, context)


@require_POST
@member("so", Role.CONTRACTS)
def finalise_many(request: MemberRequest) -> HttpResponse:
    """Make the ticked statements final, or propose that to a second person, but none that may still be disputed."""
    asked = ticked(request, "versions")
    rows = versions_of(request.member).filter(current_of__isnull=False)

    def narrowed(query: object) -> object:
        found = StatementFilter(query, queryset=statements_of(request.member)).qs
        return rows.filter(current_of__in=found.order_by().values("pk"))

    chosen = asked.of(rows, narrowed)  # type: ignore[arg-type]
    with refusal_shown(request):
        done = finalise(
            by=request.member,
            versions=[each.pk for each in chosen.order_by("pk")],
            now=clock.now(),
            cuts_time_to_dispute=False,
        )
        _say(request, done)
    return redirect("settlement:statements")


@require_POST
@member("so", Role.CONTRACTS)
def finalise_one(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Make a version final, or propose that to a second person."""
    version = get_object_or_404(versions_of(request.member), pk=pk)
    with refusal_shown(request):
        _say(request, finalise(by=request.member, versions=[version.pk], now=clock.now()))
    return redirect("settlement:statement", version.statement_id)


@require_POST
@member("fsp", Role.CONTRACTS)
def agree(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Agree to a version in the provider's name."""
    version = get_object_or_404(versions_of(request.member), pk=pk)
    with refusal_shown(request):
        agree_to_statement(by=request.member, version=version, now=clock.now())
        messages.success(request, f"You agreed; {version.statement.contract.buyer} sees it.")
    return redirect("settlement:statement", version.statement_id)


@require_POST
@member("so", Role.CONTRACTS)
def withdraw_proposal(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Take back the proposal to make a version final."""
    version = get_object_or_404(versions_of(request.member), pk=pk)
    with refusal_shown(request):
        withdraw_final_proposal(by=request.member, version=version, now=clock.now())
        messages.success(request, "The proposal is withdrawn.")
    return redirect("settlement:statement", version.statement_id)


def _say(request: MemberRequest, done: Finalised) -> None:
    if done.final:
        told = "is" if len(done.final) == 1 else "are"
        messages.success(
            request, f"{counted(len(done.final), 'statement')} {told} final; the providers are told."
        )
    if done.proposed:
        messages.success(
            request,
            f"{counted(len(done.proposed), 'statement')} proposed: another member with the Contracts role makes it final.",
        )
    for why, number in done.left.items():
        messages.warning(request, f"{counted(number, 'statement')} left as it was: {why}")


@require_GET
@member(role=Role.CONTRACTS)
def statement_page(request: MemberRequest, pk: UUID) -> HttpResponse:
    """One statement: the lines of a version, the newest unless another is asked for, and all its versions."""
    statement = _statement(request, pk)
    version, versions = _version(request, statement)
    now = clock.now()
    lines = shown.line_rows(version)
    is_current = version.pk == statement.current_id
    may_run = rules.can_run(request.member)
    disputes = shown.disputes_of(version)
    refs = shown.refs_of(lines)
    context = {
        "statement": statement,
        "contract": statement.contract,
        "version": version,
        "row": rows_of(request.member, [statement])[0],
        "lines": lines,
        "versions": shown.version_rows(versions, version.pk, statement.current_id),
        "differences": shown.difference_rows(version, refs),
        "disputes": disputes,
        "is_current": is_current,
        "may_run": may_run,
        "why_not_final": rules.why_not_final(version) if may_run else "",
        "takes_two": may_run and takes_two(request.member.organisation),
        "proposal": getattr(version, "proposal", None) if may_run else None,
        "can_dispute": rules.can_dispute(request.member, version, now),
        "can_agree": rules.can_agree(request.member, version),
        "cuts_time_to_dispute": may_run and rules.may_still_be_disputed(version, now),
        "now": now,
        "zone": statement.contract.buyer.zone,
        "month": month_code(statement.month),
        "params": {"version": str(version.pk)},
    }
    return render(request, "settlement/statement.html", context)


@require_GET
@member(role=Role.CONTRACTS)
def line_page(request: MemberRequest, pk: UUID, place: int) -> HttpResponse:
    """One line of a version in words, with the periods, assets and baseline days that it is made of."""
    version = get_object_or_404(versions_of(request.member), pk=pk)
    line = get_object_or_404(version.lines.select_related("dispatch", "corrects", "version"), place=place)
    contract = version.statement.contract
    result = unpacked(version.result) if line.dispatch_id and not line.corrects_id else None
    zone = contract.buyer.zone
    context = {
        "version": version,
        "statement": version.statement,
        "contract": contract,
        "line": line,
        "what_for": shown.reference_text(line),
        "dispatch": None if result is None else shown_dispatch(line, result, zone),
        "zone": zone,
        "may_operate": request.member.holds(Role.OPERATIONS),
    }
    return render(request, "settlement/line.html", context)


def _statement(request: MemberRequest, pk: UUID) -> Statement:
    statement: Statement = get_object_or_404(statements_of(request.member), pk=pk)
    return statement


def _version(request: MemberRequest, statement: Statement) -> tuple[StatementVersion, list[StatementVersion]]:
    versions = list(versions_of(request.member).filter(statement=statement))
    asked = request.GET.get("version", "")
    wanted = [
        each for each in versions if (str(each.number) == asked if asked else each.pk == statement.current_id)
    ]
    if not wanted:
        raise Http404
    return wanted[0], versions
