from django.apps import AppConfig


class BiddingConfig(AppConfig):
    name = "bidding"
    label = "bidding"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from bidding import files, market_files, panels, receivers  # noqa: F401  (connects the receivers)
        from bidding.domain import notices
        from bidding.enums import BALLOT_TRANSITIONS, DECISION_TRANSITIONS, BallotState, Decision
        from bidding.links import bidding_link
        from competitions.links import register_link
        from marketplace import states

        ballot = states.Machine("bidding.Ballot", "state", BallotState, BallotState.SUBMITTED, BALLOT_TRANSITIONS)
        decision = states.Machine("bidding.Bid", "decision", Decision, Decision.UNDECIDED, DECISION_TRANSITIONS)
        for machine in (ballot, decision):
            states.register(machine)
        files.register()
        market_files.register()
        notices.declare_kinds()
        register_link(bidding_link)
        panels.register()
