"""Graphs as csr matrices: their parts, samples of neighbourhoods, and what 1.9.1 says of both."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

import mxnet as mx

nd, sym = mx.nd.contrib, mx.sym.contrib


def ints(*values):
    return mx.nd.array(values, dtype="int64")


def graph(dtype="int64"):
    """Five vertices, each with edges to all others, numbered from 1 row by row."""
    columns = [c for r in range(5) for c in range(5) if c != r]
    return mx.nd.sparse.csr_matrix((np.arange(1, 21), columns, range(0, 21, 4)), shape=(5, 5), dtype=dtype)


def random_graph(size, edges, seed):
    places = np.random.RandomState(seed).choice(size * size, edges, replace=False)
    dense = np.zeros(size * size, "int64")
    dense[places] = np.arange(1, edges + 1)
    return mx.nd.array(dense.reshape(size, size), dtype="int64").tostype("csr")


def parts(csr):
    return csr.shape, csr.data.asnumpy().tolist(), csr.indices.asnumpy().tolist(), csr.indptr.asnumpy().tolist()


def test_an_adjacency_matrix_has_ones_where_there_are_edges():
    made = nd.dgl_adjacency(graph())
    assert (made.stype, made.dtype) == ("csr", np.float32)
    np.testing.assert_array_equal(made.asnumpy(), 1 - np.eye(5))


def test_a_part_of_a_graph_numbers_its_edges_anew_and_maps_them():
    made = nd.dgl_subgraph(graph(), ints(0, 2, 4), ints(1, 3), return_mapping=True)
    rows = [1, 2, 0, 2, 0, 1], [0, 2, 4, 6]
    assert [parts(m) for m in made] == [
        ((3, 3), [0, 1, 2, 3, 4, 5], *rows),
        ((2, 2), [0, 1], [1, 0], [0, 1, 2]),
        ((3, 3), [2, 4, 9, 12, 17, 19], *rows),
        ((2, 2), [7, 14], [1, 0], [0, 1, 2]),
    ]
    alone = nd.dgl_subgraph(graph(), ints(1, 3), return_mapping=False)
    assert parts(alone) == parts(made[1])
    twice = nd.dgl_subgraph(graph(), ints(0, 0, 2), return_mapping=True)[1]
    assert parts(twice) == ((3, 3), [2, 2, 9], [2, 2, 1], [0, 1, 2, 3])


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_parts_of_graphs_have_the_edges_that_the_dense_graph_has_there(seed):
    whole = random_graph(30, 200, seed)
    chosen = np.unique(np.random.RandomState(seed).randint(0, 30, 12))
    new, old = nd.dgl_subgraph(whole, ints(*chosen), return_mapping=True)
    np.testing.assert_array_equal(old.asnumpy(), whole.asnumpy()[np.ix_(chosen, chosen)])
    assert new.data.asnumpy().tolist() == list(range(new.data.size))
    np.testing.assert_array_equal(new.indices.asnumpy(), old.indices.asnumpy())


def test_without_a_choice_a_sample_has_all_neighbours():
    made = nd.dgl_csr_neighbor_uniform_sample(
        graph(), ints(0), ints(2, 2, 1), num_hops=1, num_neighbor=4, max_num_vertices=6
    )
    assert [m.asnumpy().tolist() for m in made[:2]] == [[0, 1, 2, 3, 4, 0, 5]] * 2
    assert parts(made[2]) == ((6, 5), [1, 2, 3, 4], [1, 2, 3, 4], [0, 4, 4, 4, 4, 4, 4])
    assert parts(made[3]) == ((6, 5), list(range(5, 13)), [0, 2, 3, 4, 0, 1, 3, 4], [0, 0, 4, 8, 8, 8, 8])
    assert [m.asnumpy().tolist() for m in made[4:]] == [[0, 1, 1, 1, 1, 0], [1, 0, 0, 1, 1, 0]]


def test_a_sample_ends_where_it_has_enough_vertices():
    made = nd.dgl_csr_neighbor_uniform_sample(graph(), ints(0), num_hops=2, num_neighbor=4, max_num_vertices=2)
    assert made[0].asnumpy().tolist() == [0, 1, 2]
    assert parts(made[1]) == ((2, 5), [1, 2, 3, 4], [1, 2, 3, 4], [0, 4, 4])
    assert made[2].asnumpy().tolist() == [0, 1]
    full = nd.dgl_csr_neighbor_uniform_sample(graph(), ints(0, 3), num_hops=2, num_neighbor=3, max_num_vertices=2)
    assert full[0].asnumpy().tolist() == [0, 3, 2]
    assert parts(full[1]) == ((2, 5), [], [], [0, 0, 0])
    for nothing in ({"num_hops": 0}, {"num_neighbor": 0}, {"num_hops": -1}):
        alone = nd.dgl_csr_neighbor_uniform_sample(graph(), ints(4), **{"max_num_vertices": 3, **nothing})
        assert alone[0].asnumpy().tolist() == [4, 0, 0, 1]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("hops", [1, 2, 3])
def test_samples_are_edges_of_the_graph_as_far_as_hops_go(weighted, hops):
    whole = random_graph(60, 500, hops)
    dense = whole.asnumpy()
    most, neighbours = 40, 3
    attrs = {"num_hops": hops, "num_neighbor": neighbours, "max_num_vertices": most}
    if weighted:
        weights = mx.nd.array(np.random.RandomState(1).rand(60))
        found, edges, chances, levels = nd.dgl_csr_neighbor_non_uniform_sample(whole, weights, ints(5, 17), **attrs)
    else:
        found, edges, levels = nd.dgl_csr_neighbor_uniform_sample(whole, ints(5, 17), **attrs)
    count = int(found[-1].asscalar())
    vertices, levels = found.asnumpy()[:count], levels.asnumpy()[:count]
    assert (np.diff(vertices) > 0).all() and not found.asnumpy()[count:-1].any()
    assert set(vertices[levels == 0]) == {5, 17} and levels.max() <= hops
    edges.check_format(full_check=True)
    rows = edges.asnumpy()
    assert not rows[count:].any()
    level_of = dict(zip(vertices.tolist(), levels.tolist(), strict=True))
    reached = {5, 17}
    for vertex, row in zip(vertices.tolist(), rows, strict=False):
        there = np.flatnonzero(row)
        np.testing.assert_array_equal(row[there], dense[vertex][there])
        wanted = min(neighbours, np.count_nonzero(dense[vertex]))
        assert len(there) == (wanted if level_of[vertex] < hops and count < most else len(there))
        for neighbour in there.tolist():
            assert neighbour not in level_of or level_of[neighbour] <= level_of[vertex] + 1
            reached.add(neighbour)
    assert set(level_of) <= reached
    if weighted:
        np.testing.assert_array_equal(chances.asnumpy()[:count], weights.asnumpy()[vertices])
        assert not chances.asnumpy()[count:].any()


def drawn(sample, times=2000):
    """How often each pair of neighbours of vertex 0 comes."""
    counts = Counter(tuple(sample()[0].asnumpy()[1:3].tolist()) for _ in range(times))
    return {pair: count / times for pair, count in counts.items()}


def test_edges_are_drawn_as_likely_as_each_other_or_by_weight():
    mx.random.seed(4)
    attrs = {"num_hops": 1, "num_neighbor": 2, "max_num_vertices": 5}
    shares = drawn(lambda: nd.dgl_csr_neighbor_uniform_sample(graph(), ints(0), **attrs))
    assert len(shares) == 6 and all(abs(s - 1 / 6) < 0.04 for s in shares.values())
    weights = mx.nd.array([0.1, 0.8, 0.2, 0.4, 0.1])
    shares = drawn(lambda: nd.dgl_csr_neighbor_non_uniform_sample(graph(), weights, ints(0), **attrs))
    for (a, b), share in shares.items():
        x, y = weights[a].asscalar(), weights[b].asscalar()
        assert abs(share - x * y / 1.5 * (1 / (1.5 - x) + 1 / (1.5 - y))) < 0.04
    last = mx.nd.array([0, 0, 0, 1, 0])
    shares = drawn(lambda: nd.dgl_csr_neighbor_non_uniform_sample(graph(), last, ints(0), **attrs), 60)
    assert set(shares) == {(1, 3), (2, 3), (3, 4)}


def test_a_seed_gives_the_same_samples_again():
    def samples(seed):
        mx.random.seed(seed)
        return [
            nd.dgl_csr_neighbor_uniform_sample(random_graph(50, 900, 0), ints(1, 2), num_neighbor=3)[0]
            .asnumpy()
            .tolist()
            for _ in range(3)
        ]

    assert samples(1) == samples(1) != samples(2)


def test_a_sample_is_made_compact_with_its_own_numbers():
    columns, rows = [2, 4, 0, 9], [0, 2, 3, 4, 4, 4]
    sample = mx.nd.sparse.csr_matrix((np.array([7, 3, 5, 8]), columns, rows), shape=(5, 10), dtype="int64")
    vertices = ints(0, 2, 4, 9, 0, 4)
    new, other, old, _ = nd.dgl_graph_compact(
        sample, sample, vertices, vertices, graph_sizes=(4, 4), return_mapping=True
    )
    assert parts(new) == parts(other) == ((4, 4), [0, 1, 2, 3], [1, 2, 0, 3], [0, 2, 3, 4, 4])
    assert parts(old) == ((4, 4), [7, 3, 5, 8], [1, 2, 0, 3], [0, 2, 3, 4, 4])
    alone = nd.dgl_graph_compact(sample, vertices, graph_sizes=vertices[-1].asnumpy(), return_mapping=False)
    assert parts(alone) == parts(new)


def test_graphs_of_symbols_give_what_the_calls_give():
    g, v = sym_vars = [mx.sym.var("g", stype="csr"), mx.sym.var("v")]
    made = sym.dgl_subgraph(*sym_vars, return_mapping=True, name="part")
    assert made.list_outputs() == ["part_output0", "part_output1"]
    assert sym.dgl_subgraph(*sym_vars, return_mapping=False, name="part").list_outputs() == ["part_output"]
    assert made.infer_shape(g=(5, 5), v=(3,))[1] == [(3, 3), (3, 3)]
    assert [np.dtype(t).name for t in made.infer_type(g="int64")[1]] == ["int64", "int64"]
    again = mx.sym.load_json(made.tojson())
    outputs = again.bind(mx.cpu(), {"g": graph(), "v": ints(0, 2, 4)}).forward()
    want = nd.dgl_subgraph(graph(), ints(0, 2, 4), return_mapping=True)
    assert [o.stype for o in outputs] == ["csr", "csr"]
    assert [parts(o) for o in outputs] == [parts(w) for w in want]
    sample = sym.dgl_csr_neighbor_uniform_sample(g, v, num_neighbor=4, max_num_vertices=6)
    assert sample.infer_shape(g=(5, 5), v=(1,))[1] == [(7,), (6, 5), (6,)]
    found, edges, levels = sample.bind(mx.cpu(), {"g": graph(), "v": ints(0)}).forward()
    assert (found.stype, edges.stype, levels.stype) == ("default", "csr", "default")
    assert found.asnumpy().tolist() == [0, 1, 2, 3, 4, 0, 5]
    adjacency = sym.dgl_adjacency(g).bind(mx.cpu(), {"g": graph()}).forward()[0]
    np.testing.assert_array_equal(adjacency.asnumpy(), 1 - np.eye(5))
    types = sym.dgl_csr_neighbor_non_uniform_sample(g, mx.sym.var("p"), v).infer_type(g="int64")
    assert [[np.dtype(t).name for t in ts] for ts in types[:2]] == [
        ["int64", "float32", "int64"],
        ["int64", "int64", "float32", "int64"],
    ]


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: nd.dgl_adjacency(graph("float32")), TypeError, "int64"),
        (lambda: nd.dgl_adjacency(mx.nd.ones((2, 2), dtype="int64")), ValueError, "csr"),
        (lambda: nd.dgl_subgraph(graph("float32"), ints(0), return_mapping=True), TypeError, "int64"),
        (lambda: nd.dgl_subgraph(graph(), ints(4, 0), return_mapping=True), ValueError, "ascending"),
        (lambda: nd.dgl_subgraph(graph(), ints(0, 7), return_mapping=True), ValueError, "from 0 to 4"),
        (lambda: nd.dgl_subgraph(graph(), ints(-1, 2), return_mapping=True), ValueError, "from 0 to 4"),
        (lambda: nd.dgl_subgraph(graph(), mx.nd.array([0, 2]), return_mapping=True), TypeError, "int64"),
        (lambda: nd.dgl_subgraph(graph(), ints(0).reshape((1, 1)), return_mapping=True), ValueError, "shape"),
        (lambda: nd.dgl_subgraph(graph(), ints(0)), ValueError, "return_mapping"),
        (lambda: nd.dgl_subgraph(graph(), return_mapping=True), ValueError, "num_args"),
        (lambda: nd.dgl_subgraph(graph(), ints(0), num_args=3, return_mapping=True), TypeError, "expected 3"),
        (lambda: nd.dgl_csr_neighbor_uniform_sample(graph(), ints(0, 1, 2), max_num_vertices=2), ValueError, "max_num"),
        (lambda: nd.dgl_csr_neighbor_uniform_sample(graph(), ints(9)), ValueError, "vertex 9"),
        (lambda: nd.dgl_csr_neighbor_uniform_sample(graph()[:3], ints(1)), ValueError, "as many columns"),
        (lambda: nd.dgl_csr_neighbor_non_uniform_sample(graph(), mx.nd.ones(3), ints(0)), ValueError, "probability"),
        (
            lambda: nd.dgl_graph_compact(graph(), ints(0, 1), graph_sizes=2, return_mapping=False),
            ValueError,
            "expected 1",
        ),
        (
            lambda: nd.dgl_graph_compact(graph(), ints(0, 1), graph_sizes=1, return_mapping=False),
            ValueError,
            "vertex 1",
        ),
        (
            lambda: nd.dgl_graph_compact(graph(), ints(0, 1), graph_sizes=(1, 1), return_mapping=False),
            TypeError,
            "got 2",
        ),
    ],
)
def test_a_wrong_call_is_told(call, error, match):
    with pytest.raises(mx.MXNetError, match=match) as caught:
        call()
    assert isinstance(caught.value, error)
