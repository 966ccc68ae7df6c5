"""Refusals: a rule says no, in a sentence for the user. And what is away that would be there at another moment."""


class Refused(Exception):
    """A rule says no; ``str(exc)`` is the sentence that the user reads."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class NotAllowed(Refused):
    """The member lacks the role for it."""


class StorageAway(Exception):
    """The object storage in which files lie can't be reached, or refuses; its cause says why."""
