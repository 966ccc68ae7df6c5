from django.urls import path

from bidding import advice_views, confirmation_views, decision_views, public_views, regulator_views, views

app_name = "bidding"
urlpatterns = [
    path("", views.bid_list, name="list"),
    path("historic-bids.<str:form>", public_views.historic, name="historic"),
    path("receipts/check/", public_views.receipt_check, name="receipt_check"),
    path("closed/<str:ref>/digests.txt", public_views.closed_set_of, name="closed_set"),
    path("competitions/<uuid:competition_id>/", views.competition_bids, name="competition"),
    path("competitions/<uuid:competition_id>/outcome/", views.outcome, name="outcome"),
    path("competitions/<uuid:competition_id>/receipts/", views.receipts, name="receipts"),
    path("competitions/<uuid:competition_id>/receipts/file/", views.receipts_to_keep, name="receipts_file"),
    path("competitions/<uuid:competition_id>/new/", views.new_ballot, name="new"),
    path("competitions/<uuid:competition_id>/new/split/<uuid:window_id>/", views.add_split, name="split_new"),
    path("competitions/<uuid:competition_id>/new/check/", views.check_ballot, name="check_new"),
    path("competitions/<uuid:competition_id>/new/place/", views.place_ballot, name="place_new"),
    path("ballots/<uuid:ballot_id>/", views.edit_ballot, name="edit"),
    path("competitions/<uuid:competition_id>/<uuid:ballot_id>/split/<uuid:window_id>/", views.add_split, name="split"),
    path("competitions/<uuid:competition_id>/<uuid:ballot_id>/check/", views.check_ballot, name="check"),
    path("competitions/<uuid:competition_id>/<uuid:ballot_id>/place/", views.place_ballot, name="place"),
    path("ballots/<uuid:ballot_id>/withdraw/", views.withdraw_ballot, name="withdraw"),
    path("decisions/", decision_views.decision_list, name="decisions"),
    path("decisions/<uuid:competition_id>/", decision_views.desk, name="desk"),
    path("decisions/<uuid:competition_id>/charts/", advice_views.charts, name="charts"),
    path("decisions/<uuid:competition_id>/what-if/", advice_views.what_if_page, name="what_if"),
    path("decisions/<uuid:competition_id>/changes/", advice_views.changes, name="changes"),
    path("decisions/<uuid:competition_id>/accept/", decision_views.accept, name="accept"),
    path("decisions/<uuid:competition_id>/reject/", decision_views.reject, name="reject"),
    path("decisions/<uuid:competition_id>/reopen/", decision_views.reopen, name="reopen"),
    path("decisions/<uuid:competition_id>/recommended/", decision_views.follow, name="follow"),
    path("decisions/round/", confirmation_views.confirm_whole_round, name="confirm_round"),
    path("decisions/regulator/", regulator_views.regulator_report, name="regulator"),
    path("decisions/policy/", confirmation_views.policy, name="policy"),
    path("decisions/<uuid:competition_id>/confirm/", confirmation_views.confirm, name="confirm"),
    path("decisions/<uuid:competition_id>/propose/", confirmation_views.propose, name="propose"),
    path("decisions/<uuid:competition_id>/unpropose/", confirmation_views.unpropose, name="unpropose"),
]
