"""Refusals: a rule says no, in a sentence for the user."""


class Refused(Exception):
    """A rule says no; ``str(exc)`` is the sentence that the user reads."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class NotAllowed(Refused):
    """The member lacks the role for it."""
