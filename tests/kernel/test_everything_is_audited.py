"""Every action, that is every public function in a domain that says who acts, leaves an entry in the audit log.

Three rules over the product's own code: an action gets to a write of an entry, so does whoever else stores rows in a
domain, and the places that write are listed. The list notices also what the other two can't: that of two entries, one
for each party, only one is left.
"""

import ast
from collections import Counter

import pytest

from tests.support.call_graph import CallGraph, Function, sources

RECORDING = ("record", "record_many", "record_in_chains", "record_stream")
WRITES_ENTRIES = {f"marketplace.audit.chain.{name}" for name in RECORDING}
WRITES = WRITES_ENTRIES | {"marketplace.states.move"}
# What an action may do on its way because it is due: not its own entry.
DUE_ANYWAY = {"qualification.ensure_frozen", "bidding.ensure_closed"}
STORES = {
    "save",
    "create",
    "bulk_create",
    "bulk_update",
    "update",
    "delete",
    "update_or_create",
    "get_or_create",
}
# Actors that only ask, or actions that only queue what will be audited when it is done.
ONLY_LOOKS = {
    "bidding.assess_ballot": "judges a ballot without placing it",
    "bidding.keep_draft": "what a member types; placing it is recorded",
    "bidding.drop_draft": "forgets what a member typed; placing it is recorded",
    "marketplace.start_upload": "the file's processing is recorded when it ends",
    "marketplace.keep_for_upload": "the file's processing is recorded when it ends",
    "marketplace.start_file": "the file's making is recorded when it ends",
    "marketplace.start_marked_copy": "the file's making is recorded when it ends",
    "marketplace.apply_upload": "the file's processing is recorded when it ends",
}
# Rows that are no business data, or that follow from something else that is recorded.
STORES_WITHOUT_ENTRY = {
    "accounts.LoginMails.given_up": "a mail that waits or is sent",
    "accounts.LoginMails.sent": "a mail that waits or is sent",
    "accounts.choose_single_keys": "how a member likes the pages",
    "accounts.choose_theme": "how a member likes the pages",
    "accounts.clear_expired_sessions": "sessions that ran out",
    "accounts.drawn": "a picture, not a row",
    "accounts.forget_given_up": "a mail that waits or is sent",
    "accounts._note_use": "when a program was last seen",
    "accounts.forget_ended_tokens": "tokens of programs, good for an hour",
    "accounts.issue_token": "tokens of programs, good for an hour",
    "accounts.register_nobody": "undone at once",
    "accounts.send_login_mail": "a mail that waits or is sent",
    "accounts.take": "a one-time code that was used",
    "bidding.keep_draft": "what a member types; placing it is recorded",
    "marketplace._queued": "a job that waits; its end is recorded",
    "operations.hold_time": "the time that a dispatch holds follows from its events, which are recorded",
    "operations._note": "when a page or a program first read a message, whose event is recorded",
    "operations._numbers_taken": "how far a receiver's messages are counted; they tell of something that is recorded",
    "operations.write_messages_to_each": "a message tells of something that is recorded by whoever writes it",
    "qualification._note": "where assets lie follows from their own and the operators' areas, which are recorded",
    "qualification.place_assets": "where assets lie follows from their own and the operators' areas, which are recorded",
    "qualification.place_in_area_of": "where assets lie follows from their own and the operators' areas, which are recorded",
    "qualification.request_for_competitions": "verdicts that wait to be made again",
}
# How many entries, or calls of what only writes entries, stand in each function. Whoever adds or takes away one
# changes the number here; what is taken away is nowhere else missed when it was one of two.
ENTRIES = {
    "accounts.AccountAdapter.set_password": 1,
    "accounts.MemberAdmin.save_model": 1,
    "accounts.OrganisationAdmin.save_model": 1,
    "accounts.UserAdmin.save_model": 1,
    "accounts._codes_made": 1,
    "accounts._email_changed": 1,
    "accounts._factor_removed": 1,
    "accounts._factor_stored": 1,
    "accounts._record": 4,
    "accounts._set_active": 1,
    "accounts.accept_invitation": 1,
    "accounts.accept_terms": 1,
    "accounts.add_secret": 1,
    "accounts.change_client": 1,
    "accounts.change_details": 1,
    "accounts.change_roles": 1,
    "accounts.create_client": 1,
    "accounts.end_all_sessions": 1,
    "accounts.end_secret": 1,
    "accounts.end_session": 1,
    "accounts.erase_person": 1,
    "accounts.invite": 1,
    "accounts.record": 1,
    "accounts.record_change": 1,
    "accounts.register_operator": 1,
    "accounts.register_provider": 1,
    "accounts.remove_second_factors": 1,
    "accounts.revoke_client": 1,
    "accounts.save_fields": 1,
    "accounts.send_invitation_again": 1,
    "accounts.set_second_factor_policy": 1,
    "accounts.start_viewing": 1,
    "accounts.stop_viewing": 1,
    "accounts.withdraw_invitation": 1,
    "api._record": 2,
    "api._record_subscription": 1,
    "api.add_endpoint": 1,
    "api.add_subscription": 1,
    "api.change_endpoint": 1,
    "api.change_report": 1,
    "api.change_subscription": 1,
    "api.keep_report": 1,
    "api.remove_endpoint": 1,
    "api.remove_report": 1,
    "api.remove_subscription": 1,
    "api.replay_deliveries": 1,
    "api.rotate_secret": 1,
    "api.switch_off": 1,
    "bidding._audit": 2,
    "bidding._audited": 1,
    "bidding._close": 1,
    "bidding._decide": 1,
    "bidding._written": 1,
    "bidding.change_policy": 1,
    "bidding.change_settings": 1,
    "bidding.confirm_results": 1,
    "bidding.decide_bids": 1,
    "bidding.ensure_closed": 1,
    "bidding.propose_confirmation": 1,
    "bidding.set_naming": 1,
    "bidding.withdraw_ballot": 1,
    "bidding.withdraw_proposal": 1,
    "competitions.PurchasingSystemAdmin.save_model": 1,
    "competitions._add": 1,
    "competitions._begun": 1,
    "competitions._make_default": 1,
    "competitions._record": 3,
    "competitions._save": 1,
    "competitions._switch": 1,
    "competitions.answer_question": 1,
    "competitions.archive_area": 1,
    "competitions.ask_question": 1,
    "competitions.cancel_competition": 1,
    "competitions.change_terms": 1,
    "competitions.create_competition": 1,
    "competitions.create_purchasing_system": 1,
    "competitions.create_terms": 2,
    "competitions.describe_purchasing_system": 1,
    "competitions.discard_copy": 1,
    "competitions.keep_series": 1,
    "competitions.load_postcodes": 1,
    "competitions.make_default": 1,
    "competitions.rename_area": 1,
    "competitions.rename_round": 1,
    "competitions.save_areas": 1,
    "competitions.start_copy": 1,
    "competitions.update_competition": 1,
    "contracts._move": 2,
    "contracts._record": 1,
    "contracts._tell_both": 1,
    "contracts.add_document": 1,
    "contracts.award_contracts": 1,
    "contracts.end_due": 1,
    "contracts.give_terms": 1,
    "contracts.sign_contract": 1,
    "contracts.withdraw_contract": 1,
    "marketplace._apply": 1,
    "marketplace._check": 1,
    "marketplace._discard": 1,
    "marketplace._end": 1,
    "marketplace._generate": 1,
    "marketplace.discard_upload": 1,
    "marketplace.move": 1,
    "marketplace.record": 1,
    "marketplace.record_end": 1,
    "marketplace.run_again": 1,
    "marketplace.send_again": 1,
    "operations._end": 2,
    "operations._record": 4,
    "operations._record_nominated": 1,
    "operations.accept_late": 1,
    "operations.acknowledge_dispatch": 2,
    "operations.acknowledge_stop": 1,
    "operations.amend_dispatch": 1,
    "operations.answer_exclusion": 1,
    "operations.answer_substitution": 2,
    "operations.ask_to_exclude": 1,
    "operations.cancel_dispatch": 1,
    "operations.decline_dispatch": 1,
    "operations.forget_mapping": 1,
    "operations.issue_dispatches": 1,
    "operations.issue_scheduled": 1,
    "operations.keep_mapping": 1,
    "operations.meter_as_one": 1,
    "operations.nominate": 1,
    "operations.propose_substitution": 1,
    "operations.record_event": 1,
    "operations.record_move": 2,
    "operations.start_own_test": 1,
    "operations.stop_dispatch": 1,
    "operations.store_readings": 1,
    "operations.store_references": 1,
    "operations.tell_logs": 1,
    "qualification._copy": 1,
    "qualification._expire": 1,
    "qualification._freeze": 1,
    "qualification._record": 2,
    "qualification.add_attachment": 1,
    "qualification.add_question": 1,
    "qualification.change_question": 1,
    "qualification.copy_due": 1,
    "qualification.ensure_frozen": 1,
    "qualification.expire_due": 1,
    "qualification.freeze_due": 1,
    "qualification.make_group": 1,
    "qualification.move_for_both": 2,
    "qualification.move_question": 1,
    "qualification.publish_framework": 1,
    "qualification.put_into_group": 1,
    "qualification.ready_for_asset_writes": 1,
    "qualification.remove_attachment": 1,
    "qualification.remove_group": 1,
    "qualification.remove_question": 1,
    "qualification.rename_group": 1,
    "qualification.reopen_entry": 1,
    "qualification.replace_meters": 1,
    "qualification.save_section": 1,
    "qualification.set_state": 1,
    "qualification.start_application": 1,
    "qualification.store": 2,
    "qualification.store_new_groups": 1,
    "settlement._final_by_itself": 1,
    "settlement._make_final": 2,
    "settlement._move": 1,
    "settlement._next": 1,
    "settlement._propose": 1,
    "settlement._record": 1,
    "settlement._settle_state": 1,
    "settlement._stored": 1,
    "settlement._tell_both": 1,
    "settlement._written": 2,
    "settlement.accept_agreement": 1,
    "settlement.agree_to_statement": 1,
    "settlement.answer_line": 2,
    "settlement.close_agreement": 1,
    "settlement.credit_document": 1,
    "settlement.end_agreement": 1,
    "settlement.finalise": 2,
    "settlement.invoice_rest": 1,
    "settlement.keep_case": 1,
    "settlement.mark_paid": 1,
    "settlement.propose_agreement": 1,
    "settlement.raise_dispute": 2,
    "settlement.record_for_both": 1,
    "settlement.unmark_paid": 1,
    "settlement.withdraw_final_proposal": 1,
}


def short(function: Function) -> str:
    """The app and the qualified name: a function keeps it when its module moves within the app."""
    return function.name.replace(function.module, function.app, 1)


def is_domain(function: Function) -> bool:
    return ".domain." in f"{function.module}." or function.module == "marketplace.jobs.actions"


def is_action(function: Function) -> bool:
    asks = function.bare_name.startswith(("_", "check_", "can_"))
    return is_domain(function) and not function.owner and not asks and "by" in function.keyword_only


def is_recorder(function: Function, graph: CallGraph) -> bool:
    """Whether the function writes entries on behalf of others of its app."""
    on_behalf = function.bare_name.startswith("_") or "record" in function.bare_name
    return on_behalf and any(called in WRITES for called in graph.called_by(function.name))


def entries(graph: CallGraph) -> Counter[str]:
    """How many writes of entries, and calls of recorders, stand in each function."""
    writes = WRITES | {name for name, function in graph.functions.items() if is_recorder(function, graph)}
    found: Counter[str] = Counter()
    for name, function in graph.functions.items():
        found[short(function)] += sum(called in writes for called in graph.called_by(name))
    return +found


def reaching(graph: CallGraph) -> set[str]:
    """The functions that get to a write of an entry, other than through what is due anyway."""
    due = {name for name, function in graph.functions.items() if short(function) in DUE_ANYWAY}
    return graph.reach(WRITES, not_through=due)


def actions_without_entry(graph: CallGraph) -> set[str]:
    reached = reaching(graph)
    return {short(each) for name, each in graph.functions.items() if is_action(each) and name not in reached}


def stores_rows(function: Function) -> bool:
    attributes = [
        node.func
        for node in ast.walk(function.node)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in STORES
    ]
    return any(each.attr == "save" or ".objects" in ast.unparse(each) for each in attributes)


def stores_without_entry(graph: CallGraph) -> set[str]:
    """The functions of domains that store rows where neither they nor everybody who calls them gets to an entry."""
    reached, callers = reaching(graph), graph.callers()

    def is_covered(name: str, seen: frozenset[str] = frozenset()) -> bool:
        if name in reached or name in seen:
            return True
        return bool(callers.get(name)) and all(is_covered(each, seen | {name}) for each in callers[name])

    domain = [each for each in graph.functions.values() if is_domain(each) and stores_rows(each)]
    return {short(each) for each in domain if not is_covered(each.name)}


@pytest.fixture(scope="module")
def graph() -> CallGraph:
    return CallGraph.of(sources())


def test_there_are_actions_in_every_app(graph):
    apps = Counter(function.app for function in graph.functions.values() if is_action(function))
    assert all(
        apps[app] >= 3 for app in ("accounts", "bidding", "competitions", "contracts", "qualification")
    )


def test_every_action_leaves_an_entry_unless_it_only_looks(graph):
    assert actions_without_entry(graph) == set(ONLY_LOOKS)


def test_whoever_stores_rows_leaves_an_entry_unless_they_are_no_business_data(graph):
    assert stores_without_entry(graph) == set(STORES_WITHOUT_ENTRY)


def test_the_places_that_write_entries_are_those_that_are_listed(graph):
    assert entries(graph) == ENTRIES


def test_functions_of_the_same_name_are_told_apart(graph):
    """One ``_record`` that writes does not speak for another that no longer does."""
    module = "contracts.domain.awards"
    text = graph.modules[module].text
    writing = " record("
    assert writing in text
    assert "contracts.award_contracts" in stores_without_entry(
        graph.with_module(module, text.replace(writing, " dict("))
    )
