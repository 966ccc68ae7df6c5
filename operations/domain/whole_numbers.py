"""Arrays of whole numbers that stay exact: in 64 bits where these hold all that is made of them, else as long as need be."""

from typing import Any

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
LARGEST = 2**62


def with_room(numbers: Integers, most: int) -> Integers:
    """The numbers, ready for arithmetic in which nothing gets further from 0 than ``most``."""
    if most < LARGEST or numbers.dtype == object:
        return numbers
    longer: Any = numbers.astype(object)
    return longer  # type: ignore[no-any-return]
