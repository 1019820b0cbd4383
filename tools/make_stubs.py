"""Write the type stubs of the operator namespaces, ``src/mxnet/{ndarray,symbol}/*.pyi``, from the registry.

Run with ``--check`` to fail where a stub is not what would be written.
"""

from __future__ import annotations

import argparse
import ast
import sys
import typing
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal

import mxnet._kernels  # noqa: F401  registers the operators
from mxnet import _ops
from mxnet._ops import Op

ROOT = Path(__file__).resolve().parent.parent / "src" / "mxnet"
NAMESPACES = {"op": ("",), "linalg": ("_linalg_",), "contrib": ("_contrib_",), "image": ("_image_",)}
HEAD = '''"""Written by tools/make_stubs.py from the operator registry."""

from collections.abc import Sequence
from typing import Any, Literal

from {module} import {array}
'''


def hint_text(hint: Any) -> str:
    """A type hint as an annotation of what a caller may pass."""
    if hint is _ops.DType:
        return "Any"
    if hint is _ops.Ctx:
        return "Any"
    if hint in (_ops.Shape, _ops.OptInts):
        return "int | Sequence[int | None]" if hint is _ops.OptInts else "int | Sequence[int]"
    if hint is _ops.Floats:
        return "float | Sequence[float]"
    origin = typing.get_origin(hint)
    if origin is Annotated:
        return hint_text(typing.get_args(hint)[0])
    if origin is Literal:
        return "Literal[" + ", ".join(repr(a) for a in typing.get_args(hint)) + "]"
    if origin in (UnionType, typing.Union):
        parts = [("None" if a is type(None) else hint_text(a)) for a in typing.get_args(hint)]
        return " | ".join(dict.fromkeys(parts))
    return str(hint.__name__)


def function_text(name: str, op: Op, array: str) -> str:
    """One function of a stub."""
    hints = typing.get_type_hints(op.fn, include_extras=True)
    params = []
    if op.variadic is not None:
        params.append(f"*{op.variadic}: {array}")
    else:
        params += [f"{n}: {array} | None = None" for n in op.inputs]
    params += [
        f"{a.name}: {hint_text(hints[a.name])}"
        + ("" if a.required and op.variadic and a.name != "num_args" else " = ...")
        for a in op.attrs.values()
    ]
    out, label = f"out: {array} | Sequence[{array}] | None = None", "name: str | None = None"
    params += [label, "attr: dict[str, str] | None = None", out] if array == "Symbol" else [out, label]
    params.append("**kwargs: Any")
    several = callable(op.outputs) or len(op.outputs) > 1
    result = "Any" if several else array
    return f"def {name}({', '.join(params)}) -> {result}: ..."


def stub(face: str, namespace: str) -> str:
    """The text of one stub."""
    array, module = ("NDArray", "mxnet.ndarray.ndarray") if face == "ndarray" else ("Symbol", "mxnet.symbol.symbol")
    lines = [HEAD.format(module=module, array=array)]
    for prefix in NAMESPACES[namespace]:
        for full in _ops.all_names():
            name = full[len(prefix) :]
            if full.startswith(prefix) and not name.startswith("_") and name.isidentifier():
                lines.append(function_text(name, _ops.get(full), array))
    return "\n".join(lines) + "\n"


def package_stub(face: str) -> str:
    """The stub of a face itself: what its ``__init__`` imports, and the operators."""
    tree = ast.parse((ROOT / face / "__init__.py").read_text())
    lines = ['"""Written by tools/make_stubs.py from the operator registry."""', "", "from .op import *"]
    names = ["from . import _internal as _internal, random as random"]
    names += [f"from . import {n} as {n}" for n in NAMESPACES]
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module and "front" not in node.module:
            origin = "." * node.level + node.module
            if not node.module.startswith("_") or node.level == 0:
                names += [f"from {origin} import {a.name} as {a.name}" for a in node.names]
    if face == "ndarray":
        names += [f"from .utils import {n} as {n}" for n in ("load", "load_frombuffer", "save", "save_tobuffer")]
    return "\n".join([*lines, *names]) + "\n"


def main() -> int:
    """Write or check all stubs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    stale = []
    for face in ("ndarray", "symbol"):
        texts = {f"{n}.pyi": stub(face, n) for n in NAMESPACES} | {"__init__.pyi": package_stub(face)}
        for name, text in texts.items():
            path = ROOT / face / name
            if arguments.check:
                if not path.exists() or path.read_text() != text:
                    stale.append(str(path))
            else:
                path.write_text(text)
    if stale:
        print("stale stubs, run python tools/make_stubs.py:", *stale, sep="\n  ")
    return bool(stale)


if __name__ == "__main__":
    sys.exit(main())
