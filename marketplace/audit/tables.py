"""The lists of the log's entries and of what is published of it."""

from marketplace.web.lists import Column, List


class Entries(List):
    """An organisation's entries, newest first: their order is what the log proves, so nothing else sorts
    them."""

    caption = "Audit log"
    nouns = ("entry", "entries")
    per_page = 50

    at = Column("When", css="nowrap")
    what = Column("What", css="text-break")
    changed = Column("Changed")
    place = Column("Place", number=True)


class PublishedDigests(List):
    """The daily digests, for everyone."""

    caption = "Published digests"
    nouns = ("digest", "digests")
    per_page = 50

    day = Column("Day", css="text-nowrap", head=True)
    published = Column("Published", css="text-nowrap")
    digest = Column("SHA-256")
