"""``mx.npx.image``: images as np arrays."""

from __future__ import annotations

from mxnet.numpy._operators import exposed as _exposed

__getattr__, __dir__ = _exposed(globals(), "_npx__image_")
