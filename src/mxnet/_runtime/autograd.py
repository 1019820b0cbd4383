"""Recording and differentiation over torch's autograd.

torch records whatever touches a tensor that requires grad; arrays only ever hand such tensors out while ``record()``
is on, so torch's own grad mode is never changed.
"""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Sequence
from typing import Any

import torch

from mxnet._base.errors import AutogradError, MXNetError, ShapeError, Unfit, WrongKindError

from . import sparse
from .array import Array, Variable, free, is_free
from .copies import in_order
from .reached import has_ended
from .state import state


class Scope:
    """Sets recording and training for a ``with``; None leaves as it is. Reusable and nestable."""

    __slots__ = ("_recording", "_training", "_before")

    def __init__(self, recording: bool | None, training: bool | None) -> None:
        self._recording = recording
        self._training = training
        self._before: list[tuple[bool, bool]] = []

    def __enter__(self) -> None:
        self._before.append((state.recording, state.training))
        if self._recording is not None:
            state.recording = self._recording
        if self._training is not None:
            state.training = self._training

    def __exit__(self, *exc: object) -> None:
        state.recording, state.training = self._before.pop()


class UnfitGradients(AutogradError, Unfit):
    """Heads, their gradients and variables that do not go together; 1.9.1 checks them with ``assert``."""


def _no_array(role: str, value: Any) -> WrongKindError:
    return WrongKindError(f"backward: a {role} must be an NDArray, got {reprlib.repr(value)}")


def _heads(heads: Sequence[Array], grads: Sequence[Array | None] | None) -> tuple[list[Any], list[Any]]:
    if grads is None:
        grads = [None] * len(heads)
    if len(grads) != len(heads):
        raise UnfitGradients(f"backward: got {len(heads)} heads and {len(grads)} head gradients, expected as many")
    tensors, ones = [], []
    for head, grad in zip(heads, grads, strict=True) if len(heads) == 1 else _once(heads, grads):
        if not isinstance(head, Array):
            raise _no_array("head", head)
        if head._failed is not None:
            head._ready()
        node = head._node
        if node is None or is_free(node[1]):
            raise AutogradError(
                "Cannot differentiate node because it is not in a computational graph. You need to set is_recording "
                "to true or use autograd.record() to save computational graphs for backward. If you want to "
                "differentiate the same graph twice, you need to pass retain_graph=True to backward. Only what is "
                "computed from arrays with attach_grad() is recorded."
            )
        if not node[0].requires_grad:
            continue
        tensors.append(node[0])
        if grad is None or has_ended(node[0]):
            ones.append(_ones_like(node[0]))
            continue
        if not isinstance(grad, Array):
            raise _no_array("head gradient", grad)
        given = grad._ready()
        if given.dim() and given.shape[1:] == node[0].shape[1:] != node[0].shape and len(given) > len(node[0]):
            given = given[: len(node[0])]  # surplus rows have no effect in 1.9.1, and programs give some
        if given.numel() == node[0].numel():  # nor has the shape
            given = given.reshape(node[0].shape)
        if given.shape != node[0].shape:
            raise ShapeError(
                f"backward: head gradient has shape {tuple(given.shape)}, expected {tuple(node[0].shape)} as its head"
            )
        ones.append(given.to(node[0].dtype))
    return tensors, ones


def _once(heads: Sequence[Array], grads: Sequence[Array | None]) -> Iterable[tuple[Array, Array | None]]:
    """Heads with their gradients; one that is given several times counts once, with its last gradient, as in 1.9.1."""
    return {id(h) if h._node is None else id(h._node[1]): (h, g) for h, g in zip(heads, grads, strict=True)}.values()


_ENGINE = torch.autograd.Variable._execution_engine
_MANY = 1 << 12
_WRITTEN_OUT = ("NativeBatchNormBackward0", "_WithZeroGradientBackward", "EmbeddingBackward0")
"""What takes twice as long, with normalisation or the rows of an embedding behind it, if its gradient is expanded."""


def _ones_like(head: torch.Tensor) -> torch.Tensor:
    """The gradient of a head that nothing follows: of many numbers one in memory, which costs a view."""
    if head.numel() < _MANY or type(head.grad_fn).__name__ in _WRITTEN_OUT:
        return torch.ones_like(head.data)
    return head.new_ones(()).expand(head.shape)


def backward(
    heads: Sequence[Array], grads: Sequence[Array | None] | None, retain_graph: bool, train_mode: bool
) -> None:
    """Write the gradients of ``heads`` to the buffers of all marked arrays they depend on."""
    tensors, ones = _heads(heads, grads)
    if tensors:
        with heads[0]._ctx.turn, Scope(False, train_mode):
            try:
                # torch.autograd.backward looks at its arguments first, which takes as long as a small backward does
                _ENGINE.run_backward(
                    tuple(tensors), tuple(ones), retain_graph, False, (), allow_unreachable=True, accumulate_grad=True
                )
            except MXNetError:
                raise
            except RuntimeError as error:
                raise translate(error) from error
    if not retain_graph:
        _let_go(heads)


def _let_go(heads: Sequence[Array]) -> None:
    """Free the graph of ``heads``: its arrays, say the states of a recurrent network, are constants from then on."""
    free([head._node[1] for head in heads if head._node is not None])
    for head in heads:
        if head._node is not None and head._node[1].__class__ is not Variable:
            head._node = None


def grad(
    heads: Sequence[Array],
    variables: Sequence[Array],
    grads: Sequence[Array | None] | None,
    retain_graph: bool | None,
    create_graph: bool,
    train_mode: bool,
) -> list[Array]:
    """The gradients of ``heads`` with respect to ``variables``, as new arrays."""
    if not variables:
        raise UnfitGradients("grad: variables cannot be an empty list, expected at least one array")
    for i, v in enumerate(variables):
        if not isinstance(v, Array):
            raise _no_array("variable", v)
        if not v._tracked():
            raise AutogradError(
                f"Cannot differentiate with respect to the {i + 1}-th variable because it is not marked: call "
                "attach_grad() on it before autograd.record()"
            )
    tensors, ones = _heads(heads, grads)
    wanted = [v._node[0] for v in variables]  # type: ignore[index]
    keep = create_graph if retain_graph is None else retain_graph
    with Scope(create_graph, train_mode):
        try:
            found = torch.autograd.grad(
                tensors, wanted, ones, retain_graph=keep, create_graph=create_graph, allow_unused=True
            )
        except MXNetError:
            raise
        except RuntimeError as error:
            raise translate(error) from error
    made = []
    for i, (v, g) in enumerate(zip(variables, found, strict=True)):
        if g is None and _leads_to(v, heads):  # by operators that have no gradient
            g = torch.zeros_like(v._data)
        elif g is None:
            raise AutogradError(
                f"Cannot differentiate with respect to the {i + 1}-th variable because it is unreachable from the heads"
            )
        if v._sparse or g.layout is not torch.strided:
            made.append(sparse.of_grad(v, g))
            continue
        g = in_order(g)
        if create_graph and not g.requires_grad:
            g = _Constant.apply(g, *wanted)
        node = (g, Variable()) if g.requires_grad else None
        value = g.data.to(v._data.dtype)  # of integers: see Variable
        made.append(type(v)(value.clone() if node is None and value is g.data else value, v._ctx, node))
    if not keep:
        _let_go(heads)
    return made


def _leads_to(variable: Array, heads: Sequence[Array]) -> bool:
    """Whether what was recorded of ``heads`` began with ``variable`` too."""
    wanted = variable._node[1]  # type: ignore[index]
    left = [head._node[1] for head in heads if head._node is not None]
    seen: set[int] = set()
    while left:
        entry = left.pop()
        if entry is wanted:
            return True
        if not isinstance(entry, Variable) and id(entry[0]) not in seen:
            seen.add(id(entry[0]))
            left.extend(entry[0][1] or ())
    return False


class _Constant(torch.autograd.Function):
    """A gradient that is the same for all values of the variables: its own gradient is zero, and no error."""

    @staticmethod
    def forward(ctx: Any, value: torch.Tensor, *variables: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(*variables)
        return value.clone()

    @staticmethod
    def backward(ctx: Any, head: torch.Tensor) -> tuple[torch.Tensor | None, ...]:  # type: ignore[override]
        return None, *[torch.zeros_like(v) for v in ctx.saved_tensors]


def translate(error: RuntimeError) -> MXNetError:
    """What torch's engine raises, in our words."""
    text = str(error)
    if "second time" in text or "have been freed" in text:
        return AutogradError(
            "the recorded graph was freed by an earlier backward; pass retain_graph=True to the first one to "
            "differentiate it again"
        )
    return AutogradError(f"backward: {text.splitlines()[0] if text else type(error).__name__}")
