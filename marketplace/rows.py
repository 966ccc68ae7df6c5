"""Models of which pages load hundreds of rows: an object is made of a row without the work that a new one needs."""

from collections.abc import Collection
from typing import Any, Self

from django.db import models
from django.db.models.base import ModelState


class LoadedQuickly(models.Model):
    """A model whose rows become objects by their columns alone: no default is looked for, no signal sent, and a column
    that was left out is loaded when it is asked for, as in Django."""

    class Meta:
        abstract = True

    @classmethod
    def from_db(
        cls, db: str | None, field_names: Collection[str], values: Collection[Any], **later: Any
    ) -> Self:
        """The object of a row; ``later`` is what a later Django says of how columns that were left out are loaded."""
        found = cls.__new__(cls)
        found._state = ModelState()
        found._state.adding, found._state.db = False, db
        vars(found._state).update((name, each) for name, each in later.items() if each)
        found.__dict__.update(zip(field_names, values, strict=True))
        return found
