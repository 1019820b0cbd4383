"""Data iterators: ``mx.io``. They give :class:`DataBatch` after :class:`DataBatch`, until reset.

>>> import numpy as np
>>> numbers = NDArrayIter(np.arange(6).reshape(3, 2), batch_size=2)
>>> [(batch.data[0].shape, batch.pad) for batch in numbers]
[((2, 2), 0), ((2, 2), 1)]
"""

from __future__ import annotations

from . import io, utils
from .io import *  # noqa: F403

__all__ = ["io", "utils"]
__all__ += io.__all__
