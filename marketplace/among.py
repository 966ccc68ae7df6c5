"""``field__among=keys``: the rows whose key is one of these, as one value of the query however many they are; and
``field__shares=keys`` for a column that is an array of keys.

The text of a query with ``field__in`` differs with the number of keys; with this one it doesn't, so that
:func:`marketplace.prepared.asked` may keep it.
"""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import ForeignKey, Lookup, UUIDField


class Among(Lookup):
    """Whether a column of keys, or a foreign key, is one of a list of UUIDs; nothing is one of none."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """The condition, with the list as its one value."""
        column, values = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s::uuid[])", [*values, self.rhs]


class Shares(Lookup):
    """Whether an array of keys has one of a list of UUIDs in it."""

    lookup_name = "shares"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """The condition, with the list as its one value."""
        column, values = self.process_lhs(compiler, connection)
        return f"{column} && %s::uuid[]", [*values, self.rhs]


ArrayField.register_lookup(Shares)
ForeignKey.register_lookup(Among)
UUIDField.register_lookup(Among)
