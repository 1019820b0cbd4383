"""Exceptions. Each is an ``MXNetError`` and also the standard exception a Python reader would expect.

1.9.1 raises ``MXNetError`` (a ``RuntimeError``) for what its engine finds and bare Python errors for what its
front end finds; deriving from both keeps either ``except`` clause working.
"""

from __future__ import annotations

import re

_DTYPE = re.compile(r"\btorch\.(?=(?:u?int|b?float|bool|complex)\d*\b)")


class MXNetError(RuntimeError):
    """Base of every error raised by the framework.

    >>> issubclass(MXNetError, RuntimeError)
    True
    """

    def __init__(self, *args: object) -> None:
        # kernels know dtypes by torch's names for them, users by those of arrays
        super().__init__(*[_DTYPE.sub("", a) if isinstance(a, str) else a for a in args])

    __module__ = "mxnet.base"  # where programs and pickles find it, and what tracebacks print


KERNEL_ERRORS = (
    RuntimeError,
    TypeError,
    ValueError,
    LookupError,
    ArithmeticError,
    AttributeError,
    AssertionError,
    MemoryError,
)
"""What kernels raise. All else that is raised while one runs, by the handler of a signal say, is left alone."""


class InternalError(MXNetError):
    """An inconsistency inside the framework, never the caller's fault."""

    __module__ = "mxnet.error"


class ShapeError(MXNetError, ValueError):
    """Shapes that do not go together, or a shape that can not be inferred."""


class ValuesNeeded(ShapeError):
    """A shape that depends on values: it is known only once the operator has run."""


class DTypeError(MXNetError, TypeError):
    """A dtype that an operator can not take, or dtypes that do not go together."""


class ArgumentError(MXNetError, ValueError):
    """An attribute whose value is not allowed, or a required one that is missing."""


class CallError(ArgumentError, TypeError):
    """A call that does not match the signature, or a dtype that is none: 1.9.1 leaves both to Python and NumPy."""


class WrongKindError(CallError, AttributeError):
    """Something of another kind than is needed, of which 1.9.1 finds an attribute missing."""


class InputTypeError(MXNetError, TypeError, AssertionError):
    """Something other than an array where an array belongs.

    1.9.1 checks this with ``assert``, so callers may be catching ``AssertionError``.
    """


class Unfit(ArgumentError, AssertionError):
    """Something that does not fit the object it is for. 1.9.1 checks this with ``assert``."""


class NotDefined(ArgumentError, NotImplementedError):
    """A method that a subclass has to define."""


class ContextError(MXNetError, ValueError):
    """A device that does not exist, or arrays on devices that do not go together."""


class UnknownDeviceError(ContextError, KeyError):
    """A kind of device that is not known."""

    __str__ = Exception.__str__  # KeyError shows its text in quotes


class FormatError(MXNetError, ValueError):
    """A file that is truncated, corrupt, or not what it claims to be."""


class FileError(OSError, MXNetError):
    """A file that can not be opened, read or written. Constructed like an ``OSError``: from number, text and path.

    >>> str(FileError(21, "Is a directory", "/tmp"))
    "[Errno 21] Is a directory: '/tmp'"
    """


class MissingFileError(FileNotFoundError, FileError):
    """A file that does not exist, or whose folder does not."""


class AutogradError(MXNetError):
    """A gradient that can not be computed: nothing recorded, or the record is gone."""


class UnknownRequestError(AutogradError, KeyError):
    """A ``grad_req`` that is not known."""

    __str__ = Exception.__str__  # KeyError shows its text in quotes


class UnknownOperatorError(MXNetError, AttributeError):
    """An operator name that is not registered."""


class NotImplementedForSymbol(MXNetError, NotImplementedError, TypeError):
    """A method that needs values, called on a symbol that has none.

    Args:
        function: the method, or its name.
        alias: the operator sign it stands for, if any.
        args: the arguments it was called with; only their types are shown.
    """

    __module__ = "mxnet.base"

    def __init__(self, function: object, alias: str | None = None, *args: object) -> None:
        self.function = getattr(function, "__name__", str(function))
        self.alias = alias
        self.place = ""
        super().__init__()
        self.args = tuple(str(type(a)) for a in args)

    def __str__(self) -> str:
        text = f"Function {self.function}"
        if self.alias:
            text += f' (namely operator "{self.alias}")'
        if self.args:
            text += " with arguments (" + ", ".join(map(str, self.args)) + ")"
        return text + " is not implemented for Symbol and only available in NDArray." + self.place
