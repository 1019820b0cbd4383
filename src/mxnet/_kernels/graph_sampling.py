"""Graphs as csr matrices of edge numbers: their parts, and samples of the neighbourhoods of some vertices.

Row i has the edges of vertex i: their numbers, int64, in the columns of its neighbours. The operators are for csr
arrays only; on tensors without storage they give shapes. Sampling is done on the host, by the generator that
``mx.random.seed`` seeds.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

import numpy as np
import torch
from torch import Tensor

from mxnet._base.errors import ArgumentError, DTypeError, InputTypeError, ShapeError
from mxnet._ops import AtLeast, Shape, numbered, op
from mxnet._runtime.random import generator
from mxnet._runtime.sparse import rule
from mxnet._runtime.storage import INDEX, Csr

Results: TypeAlias = tuple[Any, ...]
Numbers: TypeAlias = "np.ndarray[Any, np.dtype[np.int64]]"


def _check_graphs(who: str, graphs: tuple[Any, ...]) -> None:
    for graph in graphs:
        if not isinstance(graph, Csr):
            raise ArgumentError(f"{who}: got a dense array, expected a csr one; use tostype('csr')")
        if graph.data.dtype is not INDEX:
            raise DTypeError(f"{who}: the graph is {graph.data.dtype}, expected int64; use astype('int64')")


def _check_vertices(who: str, vertices: tuple[Any, ...]) -> None:
    for numbers in vertices:
        if not isinstance(numbers, Tensor) or numbers.dim() != 1:
            raise ShapeError(f"{who}: vertices have shape {tuple(numbers.shape)}, expected (N,), dense")
        if numbers.dtype is not INDEX:
            raise DTypeError(f"{who}: vertices are {numbers.dtype}, expected int64; use astype('int64')")


def _check_count(who: str, given: int, num_args: int) -> None:
    if given != num_args:
        raise InputTypeError(f"{who}: got {given} inputs, expected {num_args}, as num_args says")


def _ascending(who: str, vertices: Tensor, count: int) -> None:
    if vertices.numel() and (
        bool((vertices[1:] < vertices[:-1]).any()) or int(vertices[0]) < 0 or int(vertices[-1]) >= count
    ):
        raise ArgumentError(
            f"{who}: got vertices {vertices.tolist()}, expected ascending numbers from 0 to {count - 1}"
        )


def _place(vertices: Tensor, columns: Tensor) -> tuple[Tensor, Tensor]:
    """The place of each column among ``vertices``, which ascend, and whether it is there."""
    at = torch.searchsorted(vertices, columns, right=True) - 1
    return at, (at >= 0) & (vertices[at.clamp(min=0)] == columns) if vertices.numel() else at >= 0


def _numbered(like: Csr) -> Csr:
    """The same places with new numbers of edges."""
    return like.with_data(torch.arange(like.indices.numel(), dtype=INDEX, device=like.data.device))


# -- parts of graphs ---------------------------------------------------------------------------------------------------


@op("_contrib_dgl_adjacency")
def dgl_adjacency(data: Tensor) -> Tensor:
    """A graph's adjacency matrix: 1 for each edge.

    Inputs:  data, csr int64
    Outputs: csr float32 like data
    Raises:  ArgumentError: data is dense; DTypeError unless it is int64
    Source:  behaviour of MXNet 1.9.1
    """
    if not data.is_meta:
        _check_graphs("dgl_adjacency", (data,))
    return torch.empty_like(data, dtype=torch.float32)


@rule("_contrib_dgl_adjacency")
def _adjacency(data: Any) -> Csr:
    _check_graphs("dgl_adjacency", (data,))
    made: Csr = data.with_data(torch.ones_like(data.data, dtype=torch.float32))
    return made.clone()


@op(
    "_contrib_dgl_subgraph",
    outputs=lambda a: numbered((a.num_args - 1) * (1 + a.return_mapping)),
)
def dgl_subgraph(graph: Tensor, *data: Tensor, num_args: Annotated[int, AtLeast(2)], return_mapping: bool) -> Results:
    """The parts of a graph that consist of some of its vertices and the edges between them.

    Inputs:  graph, csr int64; num_args - 1 arrays of vertices (N,) int64, ascending
    Attrs:   num_args, the number of inputs, which need not be told; return_mapping
    Outputs: for each array of vertices a csr (N, N) of new numbers of edges, from 0; with return_mapping then for each
             a csr of those numbers that they have in graph
    Raises:  ArgumentError for a dense graph, or for vertices that do not ascend or that it does not have; DTypeError,
             ShapeError
    Source:  behaviour of MXNet 1.9.1
    """
    if not graph.is_meta:
        _check_graphs("dgl_subgraph", (graph,))
    _check_count("dgl_subgraph", 1 + len(data), num_args)
    made = tuple(torch.empty((v.shape[0], v.shape[0]), dtype=INDEX, device=graph.device) for v in data)
    return made * (1 + return_mapping)


@rule("_contrib_dgl_subgraph")
def _subgraph(graph: Any, *data: Any, num_args: int, return_mapping: bool) -> Results:
    who = "dgl_subgraph"
    _check_count(who, 1 + len(data), num_args)
    _check_graphs(who, (graph,))
    _check_vertices(who, data)
    parts = tuple(_part(who, graph, vertices.detach()) for vertices in data)
    return tuple(map(_numbered, parts)) + parts * return_mapping


def _part(who: str, graph: Csr, vertices: Tensor) -> Csr:
    _ascending(who, vertices, graph.shape[0])
    count = vertices.numel()
    starts = graph.indptr[vertices]
    counts = graph.indptr[vertices + 1] - starts
    ends = counts.cumsum(0)
    inside = torch.arange(int(counts.sum()), device=counts.device) - (ends - counts).repeat_interleave(counts)
    edges = starts.repeat_interleave(counts) + inside
    columns, there = _place(vertices, graph.indices[edges])
    rows = torch.arange(count, device=counts.device).repeat_interleave(counts)
    return Csr.of_places(graph.data[edges][there], rows[there], columns[there], (count, count))


def _compacted(a: Any) -> tuple[str, ...]:
    return numbered(len(a.graph_sizes) * (1 + a.return_mapping))


@op("_contrib_dgl_graph_compact", outputs=_compacted)
def dgl_graph_compact(
    *graph_data: Tensor, num_args: Annotated[int, AtLeast(2)], return_mapping: bool, graph_sizes: Shape
) -> Results:
    """Samples of graphs with their vertices renumbered, and without empty rows.

    Inputs:  so many csr int64 as graph_sizes has numbers, samples; then as many arrays (M + 1,) of their vertices, as
             the operators that sample give both
    Attrs:   num_args, the number of inputs, which need not be told; graph_sizes, the numbers of vertices, which are
             the last elements of these arrays; return_mapping
    Outputs: for each sample a csr (size, size) of new numbers of edges, from 0; with return_mapping then for each a
             csr of those numbers that they had
    Raises:  ArgumentError for dense samples, for other sizes, or for an edge to a vertex that was left out of a sample;
             InputTypeError, DTypeError, ShapeError
    Source:  behaviour of MXNet 1.9.1, whose mappings have no rows
    """
    _check_count("dgl_graph_compact", len(graph_data), num_args)
    if not graph_data[0].is_meta:
        _check_graphs("dgl_graph_compact", graph_data[:1])
    made = tuple(torch.empty((n, n), dtype=INDEX, device=graph_data[0].device) for n in graph_sizes)
    return made * (1 + return_mapping)


@rule("_contrib_dgl_graph_compact")
def _compact(*graph_data: Any, num_args: int, return_mapping: bool, graph_sizes: Shape) -> Results:
    who, count = "dgl_graph_compact", len(graph_sizes)
    _check_count(who, len(graph_data), num_args)
    if len(graph_data) != 2 * count:
        raise InputTypeError(
            f"{who}: got {len(graph_data)} inputs, expected {2 * count}: a sample and its vertices for each of "
            f"graph_sizes={graph_sizes}"
        )
    _check_graphs(who, graph_data[:count])
    _check_vertices(who, graph_data[count:])
    parts = tuple(
        _dense_part(who, sample, vertices.detach(), size)
        for sample, vertices, size in zip(graph_data[:count], graph_data[count:], graph_sizes, strict=True)
    )
    return tuple(map(_numbered, parts)) + parts * return_mapping


def _dense_part(who: str, sample: Csr, vertices: Tensor, size: int) -> Csr:
    told = int(vertices[-1]) if vertices.numel() else 0
    if size != told or size > min(vertices.numel() - 1, sample.shape[0]):
        raise ArgumentError(f"{who}: graph_sizes has {size}, expected {told}: the last element of vertices")
    own = vertices[:size]
    _ascending(who, own, sample.shape[1])
    edges = int(sample.indptr[size])
    columns, there = _place(own, sample.indices[:edges])
    if not bool(there.all()):
        missing = sample.indices[:edges][~there][0].item()
        raise ArgumentError(
            f"{who}: an edge leads to vertex {missing}, which is not in the sample; sample with more max_num_vertices"
        )
    return Csr(sample.data[:edges].clone(), columns, sample.indptr[: size + 1].clone(), (size, size))


# -- samples -----------------------------------------------------------------------------------------------------------


def _sampled(graph: Tensor, seeds: int, most: int, weighted: bool) -> Results:
    kinds = [((most + 1,), INDEX), ((most, graph.shape[1]), INDEX)]
    kinds += [((most,), torch.float32)] * weighted + [((most,), INDEX)]
    return tuple(torch.empty(shape, dtype=d, device=graph.device) for shape, d in kinds for _ in range(seeds))


@op("_contrib_dgl_csr_neighbor_uniform_sample", outputs=lambda a: numbered(3 * (a.num_args - 1)), random=True)
def dgl_csr_neighbor_uniform_sample(
    csr_matrix: Tensor,
    *seed_arrays: Tensor,
    num_args: Annotated[int, AtLeast(2)],
    num_hops: int = 1,
    num_neighbor: int = 2,
    max_num_vertices: int = 100,
) -> Results:
    """Samples of the neighbourhoods of some vertices: of each vertex that is met, some edges, each as likely.

    Inputs:  csr_matrix, the graph, csr (V, V) int64; num_args - 1 arrays of vertices to start from (N,) int64
    Attrs:   num_args, the number of inputs, which need not be told; num_hops, how far from them; num_neighbor, how
             many edges of a vertex at most; max_num_vertices M, at which a sample ends
    Outputs: of each array of vertices: (M + 1,) the vertices of the sample, ascending, zeros, and their number last;
             then of each a csr (M, V), the edges of these vertices, in which the last ones may lead out of the
             sample; then of each (M,) how far each vertex is from those to start from
    Raises:  ArgumentError for a dense graph, for vertices that it does not have, or if there are more to start from
             than M; ShapeError, DTypeError
    Source:  behaviour of MXNet 1.9.1, whose random numbers are others
    """
    who = "dgl_csr_neighbor_uniform_sample"
    _check_count(who, 1 + len(seed_arrays), num_args)
    if not csr_matrix.is_meta:
        _check_graphs(who, (csr_matrix,))
    return _sampled(csr_matrix, len(seed_arrays), max_num_vertices, False)


@op("_contrib_dgl_csr_neighbor_non_uniform_sample", outputs=lambda a: numbered(4 * (a.num_args - 2)), random=True)
def dgl_csr_neighbor_non_uniform_sample(
    csr_matrix: Tensor,
    probability: Tensor,
    *seed_arrays: Tensor,
    num_args: Annotated[int, AtLeast(3)],
    num_hops: int = 1,
    num_neighbor: int = 2,
    max_num_vertices: int = 100,
) -> Results:
    """Samples of the neighbourhoods of some vertices: of each vertex that is met, some edges, by weight.

    Inputs:  csr_matrix, the graph, csr (V, V) int64; probability (V,) float32, the weight of edges to each vertex;
             num_args - 2 arrays of vertices to start from (N,) int64
    Attrs:   see dgl_csr_neighbor_uniform_sample. Edges are drawn one after another, by their weights among those that
             are left; edges of no weight come last
    Outputs: as there, and before the distances (M,) float32 of each array, the weights of the vertices of its sample
    Raises:  as there
    Source:  behaviour of MXNet 1.9.1, whose random numbers are others
    """
    who = "dgl_csr_neighbor_non_uniform_sample"
    _check_count(who, 2 + len(seed_arrays), num_args)
    if not csr_matrix.is_meta:
        _check_graphs(who, (csr_matrix,))
    return _sampled(csr_matrix, len(seed_arrays), max_num_vertices, True)


@rule("_contrib_dgl_csr_neighbor_uniform_sample")
def _uniform(csr_matrix: Any, *seed_arrays: Any, **attrs: int) -> Results:
    return _samples("dgl_csr_neighbor_uniform_sample", csr_matrix, None, seed_arrays, **attrs)


@rule("_contrib_dgl_csr_neighbor_non_uniform_sample")
def _non_uniform(csr_matrix: Any, probability: Any, *seed_arrays: Any, **attrs: int) -> Results:
    who = "dgl_csr_neighbor_non_uniform_sample"
    if not isinstance(probability, Tensor) or probability.dtype is not torch.float32:
        raise DTypeError(f"{who}: probability is sparse or not float32, expected a dense float32 array")
    if tuple(probability.shape) != tuple(csr_matrix.shape[:1]):
        raise ShapeError(
            f"{who}: probability has shape {tuple(probability.shape)}, expected ({csr_matrix.shape[0]},), a weight for "
            "each vertex"
        )
    return _samples(who, csr_matrix, probability.detach(), seed_arrays, **attrs)


def _samples(
    who: str,
    graph: Any,
    weights: Tensor | None,
    seed_arrays: tuple[Any, ...],
    *,
    num_args: int,
    num_hops: int,
    num_neighbor: int,
    max_num_vertices: int,
) -> Results:
    _check_count(who, 1 + (weights is not None) + len(seed_arrays), num_args)
    _check_graphs(who, (graph,))
    _check_vertices(who, seed_arrays)
    if graph.shape[0] != graph.shape[1]:
        raise ShapeError(f"{who}: the graph has shape {graph.shape}, expected as many columns as rows")
    walk = _Walk(graph, weights, num_hops, num_neighbor, max_num_vertices)
    made = [walk.sample(who, seeds.detach().cpu().numpy()) for seeds in seed_arrays]
    return tuple(result for kind in zip(*made, strict=True) for result in kind)


class _Walk:
    """What samples of one call have in common."""

    def __init__(self, graph: Csr, weights: Tensor | None, hops: int, neighbours: int, most: int) -> None:
        self.graph = graph
        self.hops, self.neighbours, self.most = hops, max(neighbours, 0), most
        self.starts: Numbers = graph.indptr.cpu().numpy()
        self.columns: Numbers = graph.indices.cpu().numpy()
        self.weights = None if weights is None else weights.cpu().numpy()
        self.random = generator(torch.device("cpu"))

    def sample(self, who: str, seeds: Numbers) -> Results:
        """The vertices, the edges, the weights if there are any, and the distances, as arrays of fixed sizes."""
        level: dict[int, int] = {int(v): 0 for v in seeds}
        if len(level) > self.most:
            raise ArgumentError(f"{who}: got {len(level)} vertices, expected max_num_vertices={self.most} at most")
        wrong = [v for v in level if not 0 <= v < self.graph.shape[0]]
        if wrong:
            raise ArgumentError(f"{who}: got vertex {wrong[0]}, expected numbers from 0 to {self.graph.shape[0] - 1}")
        edges = self._walk(level)
        vertices = sorted(level)
        nothing = [0] * (self.most - len(vertices))
        found: list[Any] = [self._array([*vertices, *nothing, len(vertices)]), self._matrix(vertices, edges)]
        if self.weights is not None:
            padded = np.zeros(self.most, np.float32)
            padded[: len(vertices)] = self.weights[vertices]
            found.append(self._array(padded))
        return *found, self._array([*[level[v] for v in vertices], *nothing])

    def _walk(self, level: dict[int, int]) -> dict[int, Numbers]:
        """Add vertices to ``level``, nearest first, until there are enough; the edges that were drawn, by vertex."""
        edges: dict[int, Numbers] = {}
        waiting = list(level)
        for vertex in waiting:  # which grows
            if len(level) >= self.most:
                break
            if level[vertex] >= self.hops:
                continue
            edges[vertex] = self._drawn(int(self.starts[vertex]), int(self.starts[vertex + 1]))
            for neighbour in self.columns[edges[vertex]].tolist():
                if neighbour not in level and len(level) < self.most:
                    level[neighbour] = level[vertex] + 1
                    waiting.append(neighbour)
        return edges

    def _drawn(self, start: int, stop: int) -> Numbers:
        """Some of the edges from ``start`` to ``stop``, ascending."""
        if stop - start <= self.neighbours:
            return np.arange(start, stop)
        noise = torch.rand(stop - start, generator=self.random, dtype=torch.float64).numpy()
        if self.weights is None:
            return start + np.sort(np.argpartition(noise, self.neighbours)[: self.neighbours])
        # exponential times, at rates that are the weights, come in the order of draws without putting back
        rates = self.weights[self.columns[start:stop]].astype(np.float64)
        times = np.full(stop - start, np.inf)
        np.divide(-np.log1p(-noise), rates, out=times, where=rates > 0)
        return start + np.sort(np.lexsort((noise, times))[: self.neighbours])

    def _matrix(self, vertices: list[int], edges: dict[int, Numbers]) -> Csr:
        none = np.arange(0)
        rows = [edges.get(v, none) for v in vertices]
        counts = np.zeros(self.most + 1, np.int64)
        counts[1 : len(rows) + 1] = [r.size for r in rows]
        places = torch.as_tensor(np.concatenate([none, *rows])).to(self.graph.data.device)
        shape = (self.most, self.graph.shape[1])
        return Csr(self.graph.data[places], self.graph.indices[places], self._array(counts.cumsum()), shape)

    def _array(self, values: Any) -> Tensor:
        return torch.as_tensor(values).to(self.graph.data.device)
