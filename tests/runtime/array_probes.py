"""Programs on arrays whose answers are 1.9.1's: see record.py. The names are read as ``test_...[name]``."""

# ruff: noqa: E731
from __future__ import annotations

FLOATS = ("float16", "float32", "float64")
DTYPES = (*FLOATS, "int8", "int32", "int64", "uint8")
PROBES = {}


def probe(name):
    def keep(function):
        assert name not in PROBES, name
        PROBES[name] = function
        return function

    return keep


def each(names):
    """Probes without further ado: name -> lambda."""
    for name, function in names.items():
        probe(name)(function)


# -- creation --------------------------------------------------------------------------------------------------------

each(
    {
        "array of a list is float32": lambda mx, np: mx.nd.array([1, 2, 3]),
        "array of bools is float32": lambda mx, np: mx.nd.array([True, False]),
        "array of a float64 NumPy array is float32": lambda mx, np: mx.nd.array(np.array([1.5, 2.5])),
        "array of an int64 NumPy array is float32": lambda mx, np: mx.nd.array(np.array([1, 2])),
        "array of an NDArray keeps its dtype": lambda mx, np: mx.nd.array(mx.nd.array([1, 2], dtype="int32")),
        "array with a dtype": lambda mx, np: mx.nd.array([1.7, -2.7], dtype="int32"),
        "array of nested lists": lambda mx, np: mx.nd.array([[1, 2], [3, 4]]),
        "array of a list of arrays": lambda mx, np: mx.nd.array([np.ones(2), np.zeros(2)]),
        "array of a tuple": lambda mx, np: mx.nd.array((1, 2)),
        "array of a NumPy scalar": lambda mx, np: mx.nd.array(np.float32(3)),
        "array of a Fortran-ordered array": lambda mx, np: mx.nd.array(np.asfortranarray(np.arange(6).reshape(2, 3))),
        "array of a reversed array": lambda mx, np: mx.nd.array(np.arange(4)[::-1]),
        "array of text": lambda mx, np: mx.nd.array("abc"),
        "array of a ragged list": lambda mx, np: mx.nd.array([[1], [2, 3]]),
        "array with a bad dtype": lambda mx, np: mx.nd.array([1], dtype="float31"),
        "array on cpu(1)": lambda mx, np: str(mx.nd.array([1], ctx=mx.cpu(1)).context),
        "zeros": lambda mx, np: mx.nd.zeros((2, 3)),
        "zeros of one number": lambda mx, np: mx.nd.zeros(3),
        "zeros with a zero size": lambda mx, np: mx.nd.zeros((0, 3)),
        "ones in int8": lambda mx, np: mx.nd.ones((2,), dtype="int8"),
        "full": lambda mx, np: mx.nd.full((2, 2), 7.5),
        "full in int32 cuts": lambda mx, np: mx.nd.full((2,), 7.5, dtype="int32"),
        "empty has its shape": lambda mx, np: mx.nd.empty((3, 4)).shape,
        "empty has its dtype": lambda mx, np: mx.nd.empty((3, 4), dtype="uint8").dtype,
        "arange of a stop": lambda mx, np: mx.nd.arange(4),
        "arange of start, stop, step": lambda mx, np: mx.nd.arange(1, 8, 2.5),
        "arange downwards": lambda mx, np: mx.nd.arange(5, 0, -2),
        "arange with repeat": lambda mx, np: mx.nd.arange(0, 1, 0.3, repeat=2),
        "arange in int32": lambda mx, np: mx.nd.arange(3, dtype="int32"),
        "linspace": lambda mx, np: mx.nd.linspace(0, 1, 5),
        "linspace without its end": lambda mx, np: mx.nd.linspace(0, 1, 5, endpoint=False),
        "linspace backwards": lambda mx, np: mx.nd.linspace(2, -2, 3),
        "eye": lambda mx, np: mx.nd.eye(3),
        "eye with a diagonal above": lambda mx, np: mx.nd.eye(2, 4, 1),
        "eye with a diagonal below": lambda mx, np: mx.nd.eye(3, 2, -1, dtype="int32"),
        "zeros_like": lambda mx, np: mx.nd.zeros_like(mx.nd.array([1, 2], dtype="int32")),
        "ones_like": lambda mx, np: mx.nd.ones_like(mx.nd.array([[1.0, 2]])),
        "default context of a with": lambda mx, np: _with_context(mx),
    }
)


def _with_context(mx):
    with mx.cpu(2):
        inner = mx.nd.zeros((1,)).context
        with mx.Context("cpu", 3):
            nested = mx.nd.ones((1,)).context
        after = mx.nd.arange(2).context
    return [str(c) for c in (inner, nested, after, mx.nd.zeros((1,)).context)]


for _d in (*DTYPES, "bool"):
    probe(f"{_d} array, its dtype and values")(
        lambda mx, np, d=_d: [mx.nd.array([0, 1, 2], dtype=d), mx.nd.array([0, 1, 2], dtype=np.dtype(d)).dtype]
    )

# -- arithmetic ------------------------------------------------------------------------------------------------------

_SIGNS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "%": lambda a, b: a % b,
    "**": lambda a, b: a**b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
}
for _d in DTYPES:
    for _s, _f in _SIGNS.items():
        _l, _r = [7, 2, 3, 100], [2, 3, 3, 7]
        if _s == "**":
            _l, _r = [3, 2, 1, 5], [2, 3, 3, 2]
        probe(f"{_d} {_s} {_d}")(
            lambda mx, np, f=_f, d=_d, a=_l, b=_r: f(mx.nd.array(a, dtype=d), mx.nd.array(b, dtype=d))
        )
        probe(f"{_d} {_s} 2")(lambda mx, np, f=_f, d=_d, a=_l: f(mx.nd.array(a, dtype=d), 2))
        probe(f"2 {_s} {_d}")(lambda mx, np, f=_f, d=_d, b=_r: f(2, mx.nd.array(b, dtype=d)))
    for _s in ("+", "*", "/", ">", "=="):
        probe(f"{_d} {_s} 1.5")(lambda mx, np, f=_SIGNS[_s], d=_d: f(mx.nd.array([1, 2, 3], dtype=d), 1.5))

for _a, _b in (
    ("float32", "int32"),
    ("float32", "float64"),
    ("int32", "int64"),
    ("uint8", "int8"),
    ("float16", "float32"),
):
    for _s in ("+", "/", "<"):
        probe(f"{_a} {_s} {_b} does not mix")(
            lambda mx, np, f=_SIGNS[_s], a=_a, b=_b: f(mx.nd.ones((2,), dtype=a), mx.nd.ones((2,), dtype=b))
        )

for _name, (_x, _y) in {
    "(2,3) with (3,)": ((2, 3), (3,)),
    "(2,1) with (1,3)": ((2, 1), (1, 3)),
    "(2,3) with (2,1)": ((2, 3), (2, 1)),
    "(4,1,3) with (2,1)": ((4, 1, 3), (2, 1)),
    "(1,) with (2,2)": ((1,), (2, 2)),
    "(2,3) with (4,)": ((2, 3), (4,)),
    "(2,3) with (3,2)": ((2, 3), (3, 2)),
}.items():
    for _s in ("+", "*", "<="):
        probe(f"{_s} broadcasts {_name}")(
            lambda mx, np, f=_SIGNS[_s], x=_x, y=_y: f(
                mx.nd.arange(int(np.prod(x))).reshape(x), mx.nd.arange(int(np.prod(y))).reshape(y)
            )
        )

f = lambda mx: mx.nd.array([-3, 2.5, 5])
i = lambda mx: mx.nd.array([-3, 2, 5], dtype="int32")
each(
    {
        "float modulo takes the sign of the divisor": lambda mx, np: [f(mx) % 2, f(mx) % -2, 2 % f(mx)],
        "integer modulo takes the sign of the divisor": lambda mx, np: [i(mx) % 2, i(mx) % -2],
        "float modulo zero is zero": lambda mx, np: f(mx) % 0,
        "float divided by zero": lambda mx, np: mx.nd.array([1, 0, -1]) / 0,
        "negation": lambda mx, np: [-f(mx), -i(mx)],
        "absolute value": lambda mx, np: [abs(f(mx)), abs(i(mx))],
        "unsigned numbers wrap": lambda mx, np: [
            mx.nd.array([250], dtype="uint8") + 10,
            mx.nd.array([1], dtype="uint8") - 3,
        ],
        "int64 beyond float32": lambda mx, np: mx.nd.array([2**40], dtype="int64") + mx.nd.array([1], dtype="int64"),
        "float16 loses what is too small": lambda mx, np: mx.nd.ones((2,), dtype="float16") * 1e-9,
        "array + NumPy float": lambda mx, np: f(mx) + np.float32(2),
        "array * NumPy int": lambda mx, np: f(mx) * np.int64(2),
        "NumPy float * array": lambda mx, np: np.float64(2) * f(mx),
        "NumPy float - array": lambda mx, np: np.float32(2) - f(mx),
        "array + True": lambda mx, np: f(mx) + True,
        "array + list": lambda mx, np: f(mx) + [1, 2, 3],
        "array + None": lambda mx, np: f(mx) + None,
        "array + text": lambda mx, np: f(mx) + "a",
        "array == None": lambda mx, np: f(mx) == None,  # noqa: E711
        "array // number": lambda mx, np: f(mx) // 2,
        "array @ array": lambda mx, np: f(mx) @ f(mx),
        "array & array": lambda mx, np: f(mx) & f(mx),
        "~array": lambda mx, np: ~f(mx),
        "contexts of one processor mix": lambda mx, np: mx.nd.ones(3, ctx=mx.cpu(1)) + mx.nd.ones(3),
        "the result has the context of the first": lambda mx, np: [
            str((mx.nd.ones(3, ctx=mx.cpu(1)) * 2).context),
            str((mx.nd.ones(3, ctx=mx.cpu(1)) + mx.nd.ones(3)).context),
        ],
        "functions of arrays and numbers": lambda mx, np: [
            mx.nd.add(f(mx), 1),
            mx.nd.subtract(1, f(mx)),
            mx.nd.multiply(f(mx), f(mx)),
            mx.nd.divide(1, f(mx)),
            mx.nd.modulo(f(mx), 2),
            mx.nd.power(f(mx), 2),
            mx.nd.maximum(f(mx), 1),
            mx.nd.minimum(1, f(mx)),
            mx.nd.equal(f(mx), 5),
            mx.nd.not_equal(f(mx), 5),
            mx.nd.greater(f(mx), 2.5),
            mx.nd.greater_equal(2.5, f(mx)),
            mx.nd.lesser(f(mx), 2.5),
            mx.nd.lesser_equal(2.5, f(mx)),
            mx.nd.logical_and(f(mx), 0),
            mx.nd.logical_or(f(mx), 0),
            mx.nd.logical_xor(f(mx), 1),
        ],
        "functions of two numbers": lambda mx, np: [
            mx.nd.add(1, 2),
            mx.nd.maximum(2, 3),
            mx.nd.power(2, 3),
            mx.nd.greater(1, 2),
            mx.nd.equal(2, 2),
            mx.nd.modulo(7, 4),
        ],
        "function of text": lambda mx, np: mx.nd.add("a", 1),
        "maximum of integers and a fraction": lambda mx, np: mx.nd.maximum(i(mx), 2.7),
    }
)

# -- in place --------------------------------------------------------------------------------------------------------


def _inplace(sign, dtype, other):
    def run(mx, np):
        x = y = mx.nd.array([7, 2, 3], dtype=dtype)
        value = other(mx) if callable(other) else other
        if sign == "+=":
            x += value
        elif sign == "-=":
            x -= value
        elif sign == "*=":
            x *= value
        elif sign == "/=":
            x /= value
        else:
            x %= value
        return [x, y, x is y]

    return run


for _s in ("+=", "-=", "*=", "/=", "%="):
    for _d in ("float32", "float64", "int32"):
        probe(f"{_d} {_s} 2 changes the array itself")(_inplace(_s, _d, 2))
        probe(f"{_d} {_s} {_d} changes the array itself")(
            _inplace(_s, _d, lambda mx, d=_d: mx.nd.array([2, 2, 5], dtype=d))
        )
for _by in (0, -2.5, 1):
    probe(f"float32 %= {_by}")(lambda mx, np, by=_by: _inplace("%=", "float32", by)(mx, np))
probe("float32 %= float32 with zeros")(_inplace("%=", "float32", lambda mx: mx.nd.array([0, -2, 0])))


def _behind(call):
    """What a function gives, and an array that it was given in the place of ``out``."""

    def run(mx, np):
        out = mx.nd.zeros(2)
        result = call(mx.nd, mx.nd.array([4, 9]), out)
        return [result, out, result is out]

    return run


each(
    {
        "out by position, of one input": _behind(lambda F, x, out: F.sqrt(x, out)),
        "out and name by position": _behind(lambda F, x, out: F.sqrt(x, out, "root")),
        "out by position, behind attributes": _behind(lambda F, x, out: F.clip(x, 0, 5, out)),
        "out by position, of two inputs": _behind(lambda F, x, out: F.broadcast_add(x, x, out)),
        "out by position, of asked for storage": _behind(lambda F, x, out: F.dot(x.diag(), x, False, False, None, out)),
        "out by position is none": _behind(lambda F, x, out: F.sqrt(x, None)),
    }
)
probe("int32 += 1.5")(_inplace("+=", "int32", 1.5))
probe("float32 += (1,)")(_inplace("+=", "float32", lambda mx: mx.nd.ones((1,))))
probe("float32 += (2,3)")(_inplace("+=", "float32", lambda mx: mx.nd.ones((2, 3))))
probe("float32 += int32")(_inplace("+=", "float32", lambda mx: mx.nd.ones((3,), dtype="int32")))
probe("float32 += None")(_inplace("+=", "float32", None))

# -- aliasing --------------------------------------------------------------------------------------------------------

_ALIASES = {
    "reshape()": lambda mx, x: x.reshape((3, 2)),
    "nd.reshape()": lambda mx, x: mx.nd.reshape(x, shape=(3, 2)),
    "T": lambda mx, x: x.T,
    "flatten()": lambda mx, x: x.flatten(),
    "expand_dims()": lambda mx, x: x.expand_dims(0),
    "expand_dims(inplace=True)": lambda mx, x: x.expand_dims(0, inplace=True),
    "flatten(inplace=True)": lambda mx, x: x.flatten(inplace=True),
    "squeeze()": lambda mx, x: x.squeeze(),
    "x[0]": lambda mx, x: x[0],
    "x[0:1]": lambda mx, x: x[0:1],
    "x[:,0]": lambda mx, x: x[:, 0],
    "x[:,0:3]": lambda mx, x: x[:, 0:3],
    "x[1,1:]": lambda mx, x: x[1, 1:],
    "x[1,1]": lambda mx, x: x[1, 1],
    "x[::2]": lambda mx, x: x[::2],
    "x[::-1]": lambda mx, x: x[::-1],
    "x[:]": lambda mx, x: x[:],
    "x[...]": lambda mx, x: x[...],
    "x[None]": lambda mx, x: x[None],
    "x[[0]]": lambda mx, x: x[[0]],
    "x[nd.array([0])]": lambda mx, x: x[mx.nd.array([0])],
    "detach()": lambda mx, x: x.detach(),
    "identity": lambda mx, x: mx.nd.identity(x),
    "stop_gradient": lambda mx, x: mx.nd.stop_gradient(x),
    "slice_axis": lambda mx, x: mx.nd.slice_axis(x, axis=0, begin=0, end=1),
    "astype(copy=False)": lambda mx, x: x.astype("float32", copy=False),
    "astype()": lambda mx, x: x.astype("float32"),
    "as_in_context() of its own": lambda mx, x: x.as_in_context(mx.cpu()),
    "as_in_context() of another": lambda mx, x: x.as_in_context(mx.cpu(1)),
    "copy()": lambda mx, x: x.copy(),
    "reshape_like()": lambda mx, x: x.reshape_like(mx.nd.ones((3, 2))),
    "broadcast_to()": lambda mx, x: x.broadcast_to((2, 3)),
    "split()": lambda mx, x: mx.nd.split(x, num_outputs=2, axis=0)[0],
    "Dropout outside training": lambda mx, x: mx.nd.Dropout(x),
    "concatenate() of one": lambda mx, x: mx.nd.concatenate([x]),
    "concatenate(always_copy=False) of one": lambda mx, x: mx.nd.concatenate([x], always_copy=False),
    "tostype()": lambda mx, x: x.tostype("default"),
    "as_nd_ndarray()": lambda mx, x: x.as_nd_ndarray(),
    "as_np_ndarray()": lambda mx, x: x.as_np_ndarray(),
    "asnumpy()": lambda mx, x: x.asnumpy(),
    "array()": lambda mx, x: mx.nd.array(x),
    "relu of what is not negative": lambda mx, x: mx.nd.relu(x),
}
for _name, _f in _ALIASES.items():

    def _alias(mx, np, make=_f):
        x = mx.nd.zeros((2, 3))
        y = make(mx, x)
        x[:] = 7
        return [bool((np.asarray(y.asnumpy() if hasattr(y, "asnumpy") else y) == 7).all())]

    def _alias_back(mx, np, make=_f):
        x = mx.nd.zeros((2, 3))
        y = make(mx, x)
        if hasattr(y, "asnumpy"):
            y[:] = 7
        return int((x.asnumpy() == 7).sum())

    probe(f"{_name} shares memory?")(_alias)
    probe(f"writing to {_name} writes to the source?")(_alias_back)

# -- indexing --------------------------------------------------------------------------------------------------------

x23 = lambda mx: mx.nd.arange(6).reshape((2, 3))
_KEYS = {
    "1": lambda mx, np: 1,
    "-1": lambda mx, np: -1,
    "np.int64(1)": lambda mx, np: np.int64(1),
    "1, 2": lambda mx, np: (1, 2),
    "()": lambda mx, np: (),
    "...": lambda mx, np: ...,
    "..., 1": lambda mx, np: (..., 1),
    "None": lambda mx, np: None,
    "None, 1": lambda mx, np: (None, 1),
    "1, None": lambda mx, np: (1, None),
    ":": lambda mx, np: slice(None),
    "1:": lambda mx, np: slice(1, None),
    "::-1": lambda mx, np: slice(None, None, -1),
    ":, ::-2": lambda mx, np: (slice(None), slice(None, None, -2)),
    "2:2": lambda mx, np: slice(2, 2),
    "[0, 1]": lambda mx, np: [0, 1],
    "[1, 0, 1]": lambda mx, np: [1, 0, 1],
    "nd.array([1, 0])": lambda mx, np: mx.nd.array([1, 0]),
    "int32 array": lambda mx, np: mx.nd.array([1, 0], dtype="int32"),
    "np.array([1, 0])": lambda mx, np: np.array([1, 0]),
    "two lists": lambda mx, np: ([0, 1], [2, 0]),
    "array and slice": lambda mx, np: (np.array([1, 0]), slice(1, None)),
    "slice and array": lambda mx, np: (slice(None), np.array([2, 0])),
    "array of two axes": lambda mx, np: np.array([[0, 1], [1, 0]]),
    "array and number": lambda mx, np: (np.array([0, 1]), 1),
    "2": lambda mx, np: 2,
    "-3": lambda mx, np: -3,
    "0, 3": lambda mx, np: (0, 3),
    "0, 0, 0": lambda mx, np: (0, 0, 0),
    "[0, 5]": lambda mx, np: [0, 5],
    "text": lambda mx, np: "a",
    "two dots": lambda mx, np: (..., ...),
    "slice of halves": lambda mx, np: slice(0.5, None),
    "step of zero": lambda mx, np: slice(None, None, 0),
}
for _name, _key in _KEYS.items():
    probe(f"x[{_name}]")(lambda mx, np, key=_key: x23(mx)[key(mx, np)])

    def _write(mx, np, key=_key):
        x = x23(mx)
        x[key(mx, np)] = 9
        return x

    if _name != "[0, 5]":  # 1.9.1 writes beyond the array
        probe(f"x[{_name}] = 9")(_write)

for _name, (_key, _value) in {
    "row": (lambda mx: 1, lambda mx, np: mx.nd.array([7, 8, 9])),
    "row of a NumPy array": (lambda mx: 1, lambda mx, np: np.array([7, 8, 9])),
    "row of a list": (lambda mx: 1, lambda mx, np: [7, 8, 9]),
    "whole of a row": (lambda mx: slice(None), lambda mx, np: mx.nd.array([7, 8, 9])),
    "whole of a column": (lambda mx: slice(None), lambda mx, np: mx.nd.array([[7], [8]])),
    "whole with an axis of 1 too many": (lambda mx: slice(None), lambda mx, np: mx.nd.ones((1, 2, 3))),
    "row of another dtype": (lambda mx: 0, lambda mx, np: mx.nd.array([7, 8, 9], dtype="int32")),
    "turned column": (
        lambda mx: (slice(None), slice(None, None, -1)),
        lambda mx, np: mx.nd.array([[1, 2, 3], [4, 5, 6]]),
    ),
    "by arrays": (lambda mx: ([0, 1], [2, 0]), lambda mx, np: mx.nd.array([7, 8])),
    "too many": (lambda mx: 1, lambda mx, np: mx.nd.ones((5,))),
    "whole of too many": (lambda mx: slice(None), lambda mx, np: mx.nd.ones((3, 3))),
    "text": (lambda mx: 0, lambda mx, np: "a"),
}.items():

    def _assign(mx, np, key=_key, value=_value):
        x = x23(mx)
        x[key(mx)] = value(mx, np)
        return x

    probe(f"assigning {_name}")(_assign)

# -- shapes ----------------------------------------------------------------------------------------------------------

for _shape, _spec, _more in (
    ((2, 3, 4), (4, 6), {}),
    ((2, 3, 4), (6, 1, -1), {}),
    ((2, 3, 4), (4, 0, 2), {}),
    ((2, 3, 4), (2, 0, 0), {}),
    ((2, 3, 4), (-2,), {}),
    ((2, 3, 4), (2, -2), {}),
    ((2, 3, 4), (-2, 1, 1), {}),
    ((2, 3, 4), (-3, 4), {}),
    ((2, 3, 4, 5), (-3, -3), {}),
    ((2, 3, 4), (0, -3), {}),
    ((2, 3, 4), (-3, -2), {}),
    ((2, 3, 4), (-4, 1, 2, -2), {}),
    ((2, 3, 4), (2, -4, -1, 3, -2), {}),
    ((2, 3, 4), (-1,), {}),
    ((10, 5, 4), (-1, 0), {}),
    ((10, 5, 4), (-1, 0), {"reverse": True}),
    ((2, 3, 4), (0, -3), {"reverse": True}),
    ((2, 3, 4), (5, -1), {}),
    ((2, 3, 4), (2, 3), {}),
    ((2, 3, 4), (-1, -1), {}),
    ((2, 3, 4), (-5,), {}),
    ((2, 3, 4), (-4, 3, 3, -2), {}),
):
    _name = f"{_shape} as {_spec}{' from the right' if _more else ''}"
    probe(f"x.reshape: {_name}")(lambda mx, np, a=_shape, s=_spec, m=_more: mx.nd.zeros(a).reshape(s, **m).shape)
    if _spec not in ((5, -1), (2, 3)):  # 1.9.1's operator reads beyond the array
        probe(f"nd.reshape: {_name}")(
            lambda mx, np, a=_shape, s=_spec, m=_more: mx.nd.reshape(mx.nd.zeros(a), shape=s, **m).shape
        )

each(
    {
        "reshape of numbers": lambda mx, np: mx.nd.zeros((2, 3)).reshape(3, 2).shape,
        "reshape of a list": lambda mx, np: mx.nd.zeros((2, 3)).reshape([3, 2]).shape,
        "reshape by keyword": lambda mx, np: mx.nd.zeros((2, 3)).reshape(shape=(3, 2)).shape,
        "reshape of one number": lambda mx, np: mx.nd.zeros((2, 3)).reshape(6).shape,
        "reshape of nothing": lambda mx, np: mx.nd.zeros((2, 3)).reshape(),
        "reshape with an unknown keyword": lambda mx, np: mx.nd.zeros((2, 3)).reshape((3, 2), foo=1),
        "T of three axes": lambda mx, np: mx.nd.zeros((2, 3, 4)).T.shape,
        "T of one axis": lambda mx, np: mx.nd.arange(3).T,
        "transpose of axes": lambda mx, np: mx.nd.zeros((2, 3, 4)).transpose((1, 2, 0)).shape,
        "swapaxes": lambda mx, np: mx.nd.zeros((2, 3, 4)).swapaxes(0, 2).shape,
        "expand_dims at the end": lambda mx, np: mx.nd.zeros((2, 3)).expand_dims(-1).shape,
        "expand_dims out of range": lambda mx, np: mx.nd.zeros((2, 3)).expand_dims(5).shape,
        "squeeze of axes": lambda mx, np: mx.nd.zeros((1, 2, 1)).squeeze(axis=2).shape,
        "squeeze of an axis that is not 1": lambda mx, np: mx.nd.zeros((1, 2, 1)).squeeze(axis=1).shape,
        "broadcast_to with more axes": lambda mx, np: mx.nd.arange(3).broadcast_to((2, 3)),
        "broadcast_to that does not fit": lambda mx, np: mx.nd.ones((2, 3)).broadcast_to((2, 4)),
        "broadcast_to of fewer axes": lambda mx, np: mx.nd.ones((2, 3)).broadcast_to((3,)),
        "broadcast_like": lambda mx, np: mx.nd.ones((1, 3)).broadcast_like(mx.nd.ones((2, 3))).shape,
        "split_v2 of sections": lambda mx, np: mx.nd.split_v2(x23(mx), 3, axis=1),
        "split_v2 of indices": lambda mx, np: mx.nd.split_v2(x23(mx), (1,), axis=1),
        "moveaxis": lambda mx, np: mx.nd.moveaxis(mx.nd.zeros((2, 3, 4)), 0, 2).shape,
        "moveaxis of several": lambda mx, np: mx.nd.moveaxis(mx.nd.zeros((2, 3, 4)), (0, 1), (2, 0)).shape,
        "moveaxis out of bounds": lambda mx, np: mx.nd.moveaxis(mx.nd.zeros((2, 3, 4)), 3, 0),
        "moveaxis of different lengths": lambda mx, np: mx.nd.moveaxis(mx.nd.zeros((2, 3, 4)), (0, 1), (0,)),
        "concatenate along an axis": lambda mx, np: mx.nd.concatenate([x23(mx), x23(mx)], axis=1),
        "concatenate of nothing": lambda mx, np: mx.nd.concatenate([]),
        "onehot_encode": lambda mx, np: mx.nd.onehot_encode(mx.nd.array([1, 0]), mx.nd.empty((2, 3))),
        "slice_assign": lambda mx, np: x23(mx).slice_assign(mx.nd.ones((1, 2)), (0, 1), (1, 3), (None, None)),
        "slice_assign_scalar": lambda mx, np: x23(mx).slice_assign_scalar(7, (0, 1), (2, 2), (None, None)),
        "size, ndim, len": lambda mx, np: [x23(mx).size, x23(mx).ndim, len(x23(mx))],
        "iteration gives rows": lambda mx, np: list(x23(mx)),
        "stype": lambda mx, np: x23(mx).stype,
    }
)

# -- values out ------------------------------------------------------------------------------------------------------

each(
    {
        "asscalar": lambda mx, np: mx.nd.array([3.5]).asscalar(),
        "asscalar of several": lambda mx, np: x23(mx).asscalar(),
        "bool of one": lambda mx, np: [bool(mx.nd.array([0])), bool(mx.nd.array([2]))],
        "bool of several": lambda mx, np: bool(x23(mx)),
        "repr of a matrix": lambda mx, np: repr(x23(mx)),
        "repr of a vector": lambda mx, np: repr(mx.nd.array([1.5, 2])),
        "repr of one number": lambda mx, np: repr(mx.nd.array([1])),
        "repr of integers": lambda mx, np: repr(mx.nd.array([1, 2], dtype="int64")),
        "repr on cpu(1)": lambda mx, np: repr(mx.nd.ones((1, 2), ctx=mx.cpu(1))),
        "repr of many": lambda mx, np: repr(mx.nd.arange(2000)),
        "str is repr": lambda mx, np: str(x23(mx)),
        "asnumpy is writable": lambda mx, np: x23(mx).asnumpy().flags.writeable,
        "astype": lambda mx, np: mx.nd.array([1.7, -1.7]).astype("int32"),
        "astype to float16": lambda mx, np: mx.nd.array([1.0001]).astype(np.float16),
        "astype of a bad dtype": lambda mx, np: x23(mx).astype("foo"),
        "copyto an array": lambda mx, np: x23(mx).copyto(mx.nd.zeros((2, 3))),
        "copyto an array of another dtype": lambda mx, np: x23(mx).copyto(mx.nd.zeros((2, 3), dtype="int32")),
        "copyto a context": lambda mx, np: str(x23(mx).copyto(mx.cpu(2)).context),
        "copyto another shape": lambda mx, np: x23(mx).copyto(mx.nd.zeros((3, 2))),
        "copyto a number": lambda mx, np: x23(mx).copyto(3),
        "tostype of a bad type": lambda mx, np: x23(mx).tostype("foo"),
        "context equality": lambda mx, np: [mx.cpu(0) == mx.cpu(), mx.cpu(0) == mx.cpu(1), mx.cpu(0) == mx.gpu(0)],
        "context names": lambda mx, np: [
            repr(c) for c in (mx.cpu(), mx.gpu(1), mx.cpu_pinned(), mx.Context("cpu_shared", 0))
        ],
        "context parts": lambda mx, np: [mx.gpu(1).device_type, mx.gpu(1).device_id, mx.gpu(1).device_typeid],
        "context of a context": lambda mx, np: str(mx.Context(mx.cpu(3))),
        "context hash": lambda mx, np: len({mx.cpu(0), mx.cpu(), mx.cpu(1)}),
        "array on a GPU that is not there": lambda mx, np: mx.nd.ones((1,), ctx=mx.gpu(77)),
    }
)

# -- NumPy shapes ----------------------------------------------------------------------------------------------------


def _np_shape(run):
    def within(mx, np):
        with mx.np_shape():
            return run(mx, np)

    return within


for _name, _f in {
    "zeros of no axes": lambda mx, np: mx.nd.zeros(()).shape,
    "zeros without elements": lambda mx, np: mx.nd.zeros((0, 3)).shape,
    "array of a number": lambda mx, np: mx.nd.array(3.0).shape,
    "element of a vector": lambda mx, np: mx.nd.array([1, 2])[0].shape,
    "asscalar": lambda mx, np: mx.nd.array(3.0).asscalar(),
    "scalar plus vector": lambda mx, np: mx.nd.array(3.0) + mx.nd.array([1.0, 2]),
    "concatenation with nothing": lambda mx, np: mx.nd.concat(mx.nd.zeros((0, 2)), mx.nd.ones((1, 2)), dim=0),
    "reshape to no axes": lambda mx, np: mx.nd.ones((1,)).reshape(()).shape,
    "is on": lambda mx, np: mx.is_np_shape(),
    "length of no axes": lambda mx, np: len(mx.nd.ones(())),
    "slices of nothing": lambda mx, np: [
        mx.nd.slice_axis(mx.nd.zeros((0, 3)), axis=0, begin=begin, end=end)
        for begin, end in ((0, 2), (1, 2), (0, None), (-1, None))
    ],
}.items():
    probe(f"under np_shape: {_name}")(_np_shape(_f))
