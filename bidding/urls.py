from django.urls import path

from bidding.views import advice, ballots, confirmation, decisions, dry_run, provider, public, regulator

app_name = "bidding"
urlpatterns = [
    path("", provider.bid_list, name="list"),
    path("historic-bids.<str:form>", public.historic, name="historic"),
    path("rehearse-a-file/", dry_run.rehearse_file, name="dry_run"),
    path("receipts/check/", public.receipt_check, name="receipt_check"),
    path("closed/<str:ref>/digests.txt", public.closed_set_of, name="closed_set"),
    path("competitions/<uuid:competition_id>/", provider.competition_bids, name="competition"),
    path("competitions/<uuid:competition_id>/outcome/", provider.outcome, name="outcome"),
    path("competitions/<uuid:competition_id>/receipts/", provider.receipts, name="receipts"),
    path(
        "competitions/<uuid:competition_id>/receipts/file/", provider.receipts_to_keep, name="receipts_file"
    ),
    path("competitions/<uuid:competition_id>/new/", ballots.new_ballot, name="new"),
    path(
        "competitions/<uuid:competition_id>/new/split/<uuid:window_id>/", ballots.add_split, name="split_new"
    ),
    path("competitions/<uuid:competition_id>/new/copy/<uuid:window_id>/", ballots.copy_line, name="copy_new"),
    path("competitions/<uuid:competition_id>/new/check/", ballots.check_ballot, name="check_new"),
    path("competitions/<uuid:competition_id>/new/place/", ballots.place_ballot, name="place_new"),
    path("competitions/<uuid:competition_id>/new/again/", ballots.type_on, name="again_new"),
    path("competitions/<uuid:competition_id>/new/assets/", ballots.pick_assets, name="pick_new"),
    path("ballots/<uuid:ballot_id>/", ballots.edit_ballot, name="edit"),
    path(
        "competitions/<uuid:competition_id>/<uuid:ballot_id>/split/<uuid:window_id>/",
        ballots.add_split,
        name="split",
    ),
    path(
        "competitions/<uuid:competition_id>/<uuid:ballot_id>/copy/<uuid:window_id>/",
        ballots.copy_line,
        name="copy",
    ),
    path("competitions/<uuid:competition_id>/<uuid:ballot_id>/check/", ballots.check_ballot, name="check"),
    path("competitions/<uuid:competition_id>/<uuid:ballot_id>/place/", ballots.place_ballot, name="place"),
    path("competitions/<uuid:competition_id>/<uuid:ballot_id>/again/", ballots.type_on, name="again"),
    path("competitions/<uuid:competition_id>/<uuid:ballot_id>/assets/", ballots.pick_assets, name="pick"),
    path("ballots/<uuid:ballot_id>/history/", provider.history, name="history"),
    path("ballots/<uuid:ballot_id>/withdraw/", provider.withdraw_ballot, name="withdraw"),
    path("decisions/", decisions.decision_list, name="decisions"),
    path("decisions/<uuid:competition_id>/", decisions.desk, name="desk"),
    path("decisions/<uuid:competition_id>/charts/", advice.charts, name="charts"),
    path("decisions/<uuid:competition_id>/merit-order.csv", advice.merit_order_file, name="merit_order"),
    path("decisions/<uuid:competition_id>/what-if/", advice.what_if_page, name="what_if"),
    path("decisions/<uuid:competition_id>/changes/", advice.changes, name="changes"),
    path("decisions/<uuid:competition_id>/decide/", decisions.decide_rows, name="decide"),
    path("decisions/<uuid:competition_id>/accept/", decisions.accept, name="accept"),
    path("decisions/<uuid:competition_id>/reject/", decisions.reject, name="reject"),
    path("decisions/<uuid:competition_id>/reopen/", decisions.reopen, name="reopen"),
    path("decisions/<uuid:competition_id>/recommended/", decisions.follow, name="follow"),
    path("decisions/round/", confirmation.confirm_whole_round, name="confirm_round"),
    path("decisions/regulator/", regulator.regulator_report, name="regulator"),
    path("decisions/policy/", confirmation.policy, name="policy"),
    path("decisions/<uuid:competition_id>/confirm/", confirmation.confirm, name="confirm"),
    path("decisions/<uuid:competition_id>/propose/", confirmation.propose, name="propose"),
    path("decisions/<uuid:competition_id>/unpropose/", confirmation.unpropose, name="unpropose"),
]
