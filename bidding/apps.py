from django.apps import AppConfig


class BiddingConfig(AppConfig):
    name = "bidding"
    label = "bidding"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from bidding.domain import notifications
        from bidding.enums import BALLOT_TRANSITIONS, DECISION_TRANSITIONS, BallotState, Decision
        from bidding.exports import files, market_files
        from bidding.integration import receivers  # noqa: F401  (connects the receivers)
        from bidding.presenters import panels
        from bidding.presenters.links import bidding_link
        from competitions.presenters.links import register_link
        from marketplace import states

        ballot = states.Machine("bidding.Ballot", "state", BallotState, BallotState.SUBMITTED, BALLOT_TRANSITIONS)
        decision = states.Machine("bidding.Bid", "decision", Decision, Decision.UNDECIDED, DECISION_TRANSITIONS)
        for machine in (ballot, decision):
            states.register(machine)
        files.register()
        market_files.register()
        notifications.declare_kinds()
        register_link(bidding_link)
        panels.register()
