"""What sparse arrays hold, rows with their numbers or compressed rows, and conversions between them and dense tensors.

Sparse kernels take and return these as dense kernels take and return tensors.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch

from mxnet._base.errors import ArgumentError, ShapeError

INDEX = torch.int64
"""The dtype of all indices, as 1.9.1 has them by default."""


@dataclass(eq=False, slots=True)
class Rows:
    """Some rows of an array of ``shape``: ``data`` (n, ...) are the rows whose numbers are ``indices`` (n,)."""

    data: torch.Tensor
    indices: torch.Tensor
    shape: tuple[int, ...]

    stype = "row_sparse"

    @staticmethod
    def empty(shape: tuple[int, ...], dtype: torch.dtype, device: Any) -> Rows:
        """No rows, which is to say zeros."""
        if not shape:
            raise ShapeError("row_sparse arrays have at least one axis, got shape ()")
        return Rows(
            torch.empty((0, *shape[1:]), dtype=dtype, device=device), torch.empty(0, dtype=INDEX, device=device), shape
        )

    @staticmethod
    def of(dense: torch.Tensor) -> Rows:
        """The rows of ``dense`` that are not all zeros."""
        if dense.dim() == 0:
            raise ShapeError("row_sparse arrays have at least one axis, got shape ()")
        kept = dense.reshape(dense.shape[0], math.prod(dense.shape[1:])).ne(0).any(1).nonzero().view(-1)
        return Rows(dense.detach()[kept], kept, tuple(dense.shape))

    @staticmethod
    def of_coo(grad: torch.Tensor) -> Rows:
        """From torch's sparse tensor with one sparse axis, which gradients of tables are."""
        grad = grad.coalesce()
        return Rows(grad.values().detach(), grad.indices()[0], tuple(grad.shape))

    def dense(self) -> torch.Tensor:
        """A new tensor of ``shape``."""
        made = torch.zeros(self.shape, dtype=self.data.dtype, device=self.data.device)
        inside = self.indices[: self.data.shape[0]]
        return made.index_copy_(0, inside, self.data) if inside.numel() else made

    def with_data(self, data: torch.Tensor) -> Rows:
        """Other values in the same places."""
        return Rows(data, self.indices, self.shape)

    def clone(self) -> Rows:
        """A copy that shares no memory."""
        return Rows(self.data.clone(), self.indices.clone(), self.shape)

    def to(self, device: Any = None, dtype: torch.dtype | None = None) -> Rows:
        """On another device, or in another dtype; what need not change is shared."""
        return Rows(self.data.to(device=device, dtype=dtype), self.indices.to(device=device), self.shape)

    def aux(self) -> tuple[torch.Tensor, ...]:
        """Its indices, in the order that files have them."""
        return (self.indices,)

    def trouble(self, full: bool) -> str | None:
        """What is wrong with the indices, or None. ``full`` looks at their values too."""
        if self.indices.dim() != 1 or self.indices.shape[0] != self.data.shape[0]:
            return f"{self.indices.numel()} indices for {self.data.shape[0]} rows of data, expected as many"
        if self.data.shape[0] and self.data.shape[1:] != self.shape[1:]:
            return f"rows of shape {tuple(self.data.shape[1:])}, expected {self.shape[1:]} of an array {self.shape}"
        if full and self.indices.numel():
            if bool((self.indices[1:] <= self.indices[:-1]).any()):
                return (
                    "Indices of row_sparse NDArray should be non-negative, less than the number of rows and ascending"
                )
            if int(self.indices[0]) < 0 or int(self.indices[-1]) >= self.shape[0]:
                return (
                    "Indices of row_sparse NDArray should be non-negative, less than the number of rows and ascending"
                )
        return None


@dataclass(eq=False, slots=True)
class Csr:
    """Compressed rows: row i has ``data[indptr[i]:indptr[i + 1]]`` in the columns ``indices`` of the same places."""

    data: torch.Tensor
    indices: torch.Tensor
    indptr: torch.Tensor
    shape: tuple[int, ...]

    stype = "csr"

    @staticmethod
    def empty(shape: tuple[int, ...], dtype: torch.dtype, device: Any) -> Csr:
        """No elements, which is to say zeros."""
        _two_axes(shape)
        return Csr(
            torch.empty(0, dtype=dtype, device=device),
            torch.empty(0, dtype=INDEX, device=device),
            torch.zeros(shape[0] + 1, dtype=INDEX, device=device),
            shape,
        )

    @staticmethod
    def of(dense: torch.Tensor) -> Csr:
        """The elements of ``dense`` that are not zero."""
        _two_axes(tuple(dense.shape))
        dense = dense.detach()
        rows, columns = dense.nonzero(as_tuple=True)
        return Csr.of_places(dense[rows, columns], rows, columns, tuple(dense.shape))

    @staticmethod
    def of_places(data: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor, shape: tuple[int, ...]) -> Csr:
        """From elements and their places, in ascending order of rows."""
        counts = torch.bincount(rows, minlength=shape[0])
        indptr = torch.zeros(shape[0] + 1, dtype=INDEX, device=data.device)
        torch.cumsum(counts, 0, out=indptr[1:])
        return Csr(data, columns, indptr, shape)

    def rows(self) -> torch.Tensor:
        """The number of the row of each element."""
        counts = self.indptr[1:] - self.indptr[:-1]
        return torch.arange(self.shape[0], device=counts.device).repeat_interleave(counts)

    def dense(self) -> torch.Tensor:
        """A new tensor of ``shape``."""
        made = torch.zeros(self.shape, dtype=self.data.dtype, device=self.data.device)
        if self.data.numel():
            made[self.rows(), self.indices] = self.data
        return made

    def with_data(self, data: torch.Tensor) -> Csr:
        """Other values in the same places."""
        return Csr(data, self.indices, self.indptr, self.shape)

    def clone(self) -> Csr:
        """A copy that shares no memory."""
        return Csr(self.data.clone(), self.indices.clone(), self.indptr.clone(), self.shape)

    def to(self, device: Any = None, dtype: torch.dtype | None = None) -> Csr:
        """On another device, or in another dtype; what need not change is shared."""
        return Csr(
            self.data.to(device=device, dtype=dtype),
            self.indices.to(device=device),
            self.indptr.to(device=device),
            self.shape,
        )

    def aux(self) -> tuple[torch.Tensor, ...]:
        """Its indices, in the order that files have them."""
        return (self.indptr, self.indices)

    def trouble(self, full: bool) -> str | None:
        """What is wrong with the indices, or None. ``full`` looks at their values too."""
        if len(self.shape) != 2:
            return f"the shape {self.shape}, expected two axes"
        if self.indptr.numel() != self.shape[0] + 1:
            return f"{self.indptr.numel()} row pointers for {self.shape[0]} rows, expected one more than rows"
        if self.indices.numel() != self.data.numel():
            return f"{self.indices.numel()} indices for {self.data.numel()} elements, expected as many"
        if int(self.indptr[0]) != 0 or int(self.indptr[-1]) != self.indices.numel():
            return "Row pointers of csr NDArray should begin with 0 and end with the number of indices"
        if not full:
            return None
        if bool((self.indptr[1:] < self.indptr[:-1]).any()):
            return "Row pointers of csr NDArray should be non-negative and in non-decreasing order"
        rows = self.rows()
        unsorted = (rows[1:] == rows[:-1]) & (self.indices[1:] <= self.indices[:-1])
        if bool(unsorted.any()) or bool(((self.indices < 0) | (self.indices >= self.shape[1])).any()):
            return (
                "Indices of csr NDArray should be non-negative, in ascending order within each row, and less than the "
                "number of columns"
            )
        return None


Storage = Rows | Csr
KINDS: dict[str, type[Rows] | type[Csr]] = {"row_sparse": Rows, "csr": Csr}


def kind_of(stype: str, who: str) -> type[Rows] | type[Csr]:
    """``Rows`` or ``Csr`` for a storage type.

    Raises:
        ArgumentError: it is neither ``row_sparse`` nor ``csr``.
    """
    kind = KINDS.get(stype)
    if kind is None:
        raise ArgumentError(f"{who}: unknown storage type {stype!r}; expected 'default', 'row_sparse' or 'csr'")
    return kind


def cast(value: torch.Tensor | Storage, stype: str) -> torch.Tensor | Storage:
    """``value`` in the given storage type; itself if it has that already.

    Raises:
        ArgumentError: from one sparse type to the other, which 1.9.1 can not do either.
    """
    own = "default" if isinstance(value, torch.Tensor) else value.stype
    if own == stype:
        return value
    if not isinstance(value, torch.Tensor):
        if stype != "default":
            raise ArgumentError(f"cast_storage from {own} to {stype} is not supported; go by way of 'default'")
        return value.dense()
    return kind_of(stype, "cast_storage").of(value)


def added(a: Storage, b: Storage, sign: float = 1) -> Storage:
    """``a + sign * b``, of one storage type and shape, with the places of both."""
    if isinstance(a, Csr) and torch.equal(a.indptr, b.indptr) and torch.equal(a.indices, b.indices):  # type: ignore[union-attr]
        return a.with_data(torch.add(a.data, b.data, alpha=sign))
    data = torch.cat([a.data, b.data if sign == 1 else b.data * sign])
    if isinstance(a, Csr):
        return merged(data, torch.cat([a.rows(), b.rows()]), torch.cat([a.indices, b.indices]), a.shape)  # type: ignore[union-attr]
    indices, place = distinct(torch.cat([a.indices, b.indices]), a.shape[0])
    total = data.new_zeros((indices.numel(), *data.shape[1:])).index_add_(0, place, data)
    return Rows(total, indices, a.shape)


def merged(data: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor, shape: tuple[int, ...]) -> Csr:
    """From places in any order; values in the same place are added."""
    flat, place = distinct(rows * shape[1] + columns, shape[0] * shape[1])
    total = data.new_zeros(flat.numel()).index_add_(0, place, data)
    return Csr.of_places(total, flat // max(shape[1], 1), flat % max(shape[1], 1), shape)


_FEW, _SCATTERED = 1024, 8
"""Up to how many numbers, and in how large a range for each of them, sorting is faster than marking."""


def distinct(numbers: torch.Tensor, below: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The different ones of ``numbers``, which are at least 0 and less than ``below``, in ascending order.

    Outputs: (m,); (n,), for each of ``numbers`` its place among them
    """
    if numbers.numel() <= _FEW or below > _SCATTERED * numbers.numel():
        return numbers.unique(return_inverse=True)  # type: ignore[return-value]
    marks = torch.zeros(below, dtype=torch.int32, device=numbers.device).index_fill_(0, numbers, 1)
    return marks.nonzero().view(-1), marks.cumsum(0).sub_(1).index_select(0, numbers)


def _two_axes(shape: tuple[int, ...]) -> None:
    if len(shape) != 2:
        raise ArgumentError(f"To convert to a CSR, the NDArray should be 2 Dimensional. Current shape is {shape}")
