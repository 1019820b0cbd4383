"""Written by tools/make_stubs.py from the operator registry."""

from .op import *
from . import _internal as _internal, random as random
from . import op as op
from . import linalg as linalg
from . import contrib as contrib
from . import image as image
from __future__ import annotations as annotations
from .functions import arange as arange
from .functions import eye as eye
from .functions import full as full
from .functions import histogram as histogram
from .functions import hypot as hypot
from .functions import linspace as linspace
from .functions import maximum as maximum
from .functions import minimum as minimum
from .functions import ones as ones
from .functions import pow as pow
from .functions import power as power
from .functions import split_v2 as split_v2
from .functions import zeros as zeros
from .sources import Group as Group
from .sources import Variable as Variable
from .sources import fromjson as fromjson
from .sources import load as load
from .sources import load_json as load_json
from .sources import var as var
from .symbol import Symbol as Symbol
