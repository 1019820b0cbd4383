"""Calls of ``mx.sym.np`` and ``mx.sym.npx``, and what 1.9.1 makes of them. Read under its Python 3.8 too.

python tests/numpy/symbol_calls.py writes the graphs again, run with the Python that holds 1.9.1.
"""

from __future__ import annotations

import gzip
import json
import pathlib

RECORDED = pathlib.Path(__file__).resolve().parent / "recorded_symbols.json.gz"
_UNARY = """abs absolute arccos arccosh arcsin arcsinh arctan arctanh bitwise_not cbrt ceil cos cosh deg2rad degrees exp
expm1 fabs fix floor invert isfinite isinf isnan isneginf isposinf log log10 log1p log2 logical_not negative rad2deg
radians reciprocal rint sign sin sinh sqrt square tan tanh trunc""".split()
_BINARY = """add arctan2 bitwise_and bitwise_or bitwise_xor copysign divide equal greater greater_equal hypot lcm ldexp
less less_equal maximum minimum mod multiply not_equal power remainder subtract true_divide""".split()


def _one(name):
    return lambda F, a, b, c: getattr(F.np, name)(a)


def _two(name, kind):
    other = {"array": lambda b: b, "integer": lambda b: 3, "float": lambda b: 2.5}[kind]
    return lambda F, a, b, c: getattr(F.np, name)(a, other(b))


def _mirrored(name):
    return lambda F, a, b, c: getattr(F.np, name)(2, a)


CALLS = {n: _one(n) for n in _UNARY}
CALLS.update({f"{n} {k}": _two(n, k) for n in _BINARY for k in ("array", "integer", "float")})
CALLS.update({f"{n} mirrored": _mirrored(n) for n in _BINARY})
_PLAIN = {
    "all": lambda F, a, b, c: F.np.all(a),
    "all axis": lambda F, a, b, c: F.np.all(a, axis=1, keepdims=True),
    "amax": lambda F, a, b, c: F.np.amax(a, axis=0),
    "amin": lambda F, a, b, c: F.np.amin(a, axis=0),
    "any": lambda F, a, b, c: F.np.any(a, axis=(0, 1)),
    "append": lambda F, a, b, c: F.np.append(a, b, axis=1),
    "append flat": lambda F, a, b, c: F.np.append(a, b),
    "arange": lambda F, a, b, c: F.np.arange(3),
    "arange steps": lambda F, a, b, c: F.np.arange(1, 7, 2, dtype="int32"),
    "argmax": lambda F, a, b, c: F.np.argmax(a),
    "argmin": lambda F, a, b, c: F.np.argmin(a, axis=1),
    "argsort": lambda F, a, b, c: F.np.argsort(a),
    "around": lambda F, a, b, c: F.np.around(a, 2),
    "array_split": lambda F, a, b, c: F.np.array_split(a, [1, 2], axis=1),
    "atleast_1d": lambda F, a, b, c: F.np.atleast_1d(a, b),
    "atleast_2d": lambda F, a, b, c: F.np.atleast_2d(a),
    "atleast_3d": lambda F, a, b, c: F.np.atleast_3d(a, b),
    "average": lambda F, a, b, c: F.np.average(a),
    "average weighted": lambda F, a, b, c: F.np.average(a, axis=1, weights=b, returned=True),
    "bincount": lambda F, a, b, c: F.np.bincount(a, minlength=3),
    "bincount weighted": lambda F, a, b, c: F.np.bincount(a, b),
    "blackman": lambda F, a, b, c: F.np.blackman(5),
    "broadcast_to": lambda F, a, b, c: F.np.broadcast_to(a, (4, 2, 3)),
    "clip": lambda F, a, b, c: F.np.clip(a, 0.5, 1.5),
    "clip below": lambda F, a, b, c: F.np.clip(a, 0.5, None),
    "column_stack": lambda F, a, b, c: F.np.column_stack((a, b)),
    "concatenate": lambda F, a, b, c: F.np.concatenate([a, b], axis=1),
    "concatenate flat": lambda F, a, b, c: F.np.concatenate([a, b], axis=None),
    "copy": lambda F, a, b, c: F.np.copy(a),
    "cumsum": lambda F, a, b, c: F.np.cumsum(a, axis=1, dtype="float32"),
    "delete": lambda F, a, b, c: F.np.delete(a, 1, axis=0),
    "delete slice": lambda F, a, b, c: F.np.delete(a, slice(0, 2), axis=1),
    "delete symbol": lambda F, a, b, c: F.np.delete(a, b, axis=1),
    "diag": lambda F, a, b, c: F.np.diag(a, k=1),
    "diag_indices_from": lambda F, a, b, c: F.np.diag_indices_from(a),
    "diagflat": lambda F, a, b, c: F.np.diagflat(a),
    "diagonal": lambda F, a, b, c: F.np.diagonal(a, offset=1),
    "diff": lambda F, a, b, c: F.np.diff(a, n=2, axis=0),
    "dot": lambda F, a, b, c: F.np.dot(a, b),
    "dsplit": lambda F, a, b, c: F.np.dsplit(a, 2),
    "dsplit at": lambda F, a, b, c: F.np.dsplit(a, [1, 2]),
    "dstack": lambda F, a, b, c: F.np.dstack([a, b]),
    "ediff1d": lambda F, a, b, c: F.np.ediff1d(a),
    "ediff1d numbers": lambda F, a, b, c: F.np.ediff1d(a, to_end=3, to_begin=-1.5),
    "ediff1d symbols": lambda F, a, b, c: F.np.ediff1d(a, to_end=b, to_begin=c),
    "einsum": lambda F, a, b, c: F.np.einsum("ij,jk->ik", a, b),
    "einsum optimized": lambda F, a, b, c: F.np.einsum("ij,jk", a, b, optimize=True),
    "empty_like": lambda F, a, b, c: F.np.empty_like(a),
    "expand_dims": lambda F, a, b, c: F.np.expand_dims(a, 1),
    "eye": lambda F, a, b, c: F.np.eye(3),
    "eye all": lambda F, a, b, c: F.np.eye(3, 4, 1, dtype="int32"),
    "flip": lambda F, a, b, c: F.np.flip(a, 0),
    "flip two": lambda F, a, b, c: F.np.flip(a, (0, 1)),
    "fliplr": lambda F, a, b, c: F.np.fliplr(a),
    "flipud": lambda F, a, b, c: F.np.flipud(a),
    "full": lambda F, a, b, c: F.np.full((2, 3), 1.5),
    "full_like": lambda F, a, b, c: F.np.full_like(a, 2),
    "hamming": lambda F, a, b, c: F.np.hamming(5),
    "hanning": lambda F, a, b, c: F.np.hanning(5, dtype="float64"),
    "histogram": lambda F, a, b, c: F.np.histogram(a, 4, range=(0.0, 2.0)),
    "histogram edges": lambda F, a, b, c: F.np.histogram(a, bins=b),
    "hsplit": lambda F, a, b, c: F.np.hsplit(a, 2),
    "hsplit at": lambda F, a, b, c: F.np.hsplit(a, (1, 2)),
    "hstack": lambda F, a, b, c: F.np.hstack((a, b)),
    "identity": lambda F, a, b, c: F.np.identity(3),
    "indices": lambda F, a, b, c: F.np.indices((2, 3)),
    "inner": lambda F, a, b, c: F.np.inner(a, b),
    "insert": lambda F, a, b, c: F.np.insert(a, 1, b, axis=0),
    "insert number": lambda F, a, b, c: F.np.insert(a, 1, 9, axis=1),
    "insert slice": lambda F, a, b, c: F.np.insert(a, slice(1, 2), b, axis=1),
    "insert at symbol": lambda F, a, b, c: F.np.insert(a, b, c, axis=1),
    "linspace": lambda F, a, b, c: F.np.linspace(0, 1, 5),
    "linspace open": lambda F, a, b, c: F.np.linspace(0, 1, 5, endpoint=False, dtype="float64"),
    "logspace": lambda F, a, b, c: F.np.logspace(0, 2, 5),
    "matmul": lambda F, a, b, c: F.np.matmul(a, b),
    "max": lambda F, a, b, c: F.np.max(a),
    "mean": lambda F, a, b, c: F.np.mean(a),
    "mean axis": lambda F, a, b, c: F.np.mean(a, axis=(0, 1), dtype="float64", keepdims=True),
    "min": lambda F, a, b, c: F.np.min(a, axis=-1, keepdims=True),
    "moveaxis": lambda F, a, b, c: F.np.moveaxis(a, 0, 1),
    "moveaxis two": lambda F, a, b, c: F.np.moveaxis(a, (0, 1), (1, 0)),
    "nan_to_num": lambda F, a, b, c: F.np.nan_to_num(a, nan=1.0, posinf=9.0),
    "ones": lambda F, a, b, c: F.np.ones((2, 3)),
    "ones number": lambda F, a, b, c: F.np.ones(2, dtype="int32"),
    "ones_like": lambda F, a, b, c: F.np.ones_like(a),
    "outer": lambda F, a, b, c: F.np.outer(a, b),
    "pad": lambda F, a, b, c: F.np.pad(a, ((1, 1), (0, 2)), mode="edge"),
    "pad constant": lambda F, a, b, c: F.np.pad(a, ((1, 1), (0, 2)), mode="constant", constant_values=3),
    "pad reflect": lambda F, a, b, c: F.np.pad(a, ((1, 1), (0, 2)), mode="reflect", reflect_type="even"),
    "percentile": lambda F, a, b, c: F.np.percentile(a, 50),
    "percentile array": lambda F, a, b, c: F.np.percentile(a, b, axis=1, interpolation="lower", keepdims=True),
    "polyval": lambda F, a, b, c: F.np.polyval(a, b),
    "prod": lambda F, a, b, c: F.np.prod(a, axis=1, dtype="float64"),
    "product": lambda F, a, b, c: F.np.product(a),
    "quantile": lambda F, a, b, c: F.np.quantile(a, 0.25, axis=0),
    "ravel": lambda F, a, b, c: F.np.ravel(a),
    "repeat": lambda F, a, b, c: F.np.repeat(a, 2, axis=1),
    "reshape": lambda F, a, b, c: F.np.reshape(a, (3, -1)),
    "resize": lambda F, a, b, c: F.np.resize(a, (4, 4)),
    "roll": lambda F, a, b, c: F.np.roll(a, 1),
    "roll axis": lambda F, a, b, c: F.np.roll(a, (1, 2), axis=(0, 1)),
    "rot90": lambda F, a, b, c: F.np.rot90(a, 3),
    "round": lambda F, a, b, c: F.np.round(a),
    "round_": lambda F, a, b, c: F.np.round_(a, 1),
    "row_stack": lambda F, a, b, c: F.np.row_stack((a, b)),
    "shares_memory": lambda F, a, b, c: F.np.shares_memory(a, b),
    "may_share_memory": lambda F, a, b, c: F.np.may_share_memory(a, b),
    "sometrue": lambda F, a, b, c: F.np.sometrue(a),
    "sort": lambda F, a, b, c: F.np.sort(a, axis=0),
    "split": lambda F, a, b, c: F.np.split(a, 3, axis=1),
    "split at": lambda F, a, b, c: F.np.split(a, [1, 2], axis=1),
    "squeeze": lambda F, a, b, c: F.np.squeeze(a, axis=0),
    "stack": lambda F, a, b, c: F.np.stack([a, b], axis=1),
    "std": lambda F, a, b, c: F.np.std(a, axis=0, ddof=1),
    "sum": lambda F, a, b, c: F.np.sum(a),
    "sum axis": lambda F, a, b, c: F.np.sum(a, axis=(0, 1), dtype="float64", keepdims=True, initial=2),
    "swapaxes": lambda F, a, b, c: F.np.swapaxes(a, 0, 1),
    "take": lambda F, a, b, c: F.np.take(a, b, axis=1, mode="clip"),
    "take flat": lambda F, a, b, c: F.np.take(a, b, mode="wrap"),
    "tensordot": lambda F, a, b, c: F.np.tensordot(a, b, 1),
    "tensordot axes": lambda F, a, b, c: F.np.tensordot(a, b, ((1,), (0,))),
    "tile": lambda F, a, b, c: F.np.tile(a, (2, 1)),
    "trace": lambda F, a, b, c: F.np.trace(a, offset=1),
    "transpose": lambda F, a, b, c: F.np.transpose(a),
    "transpose axes": lambda F, a, b, c: F.np.transpose(a, axes=(1, 0)),
    "tril": lambda F, a, b, c: F.np.tril(a, 1),
    "unique": lambda F, a, b, c: F.np.unique(a),
    "unique all": lambda F, a, b, c: F.np.unique(a, True, True, True, axis=0),
    "unravel_index": lambda F, a, b, c: F.np.unravel_index(a, (2, 3)),
    "var": lambda F, a, b, c: F.np.var(a, dtype="float64", keepdims=True),
    "vdot": lambda F, a, b, c: F.np.vdot(a, b),
    "vsplit": lambda F, a, b, c: F.np.vsplit(a, 2),
    "vsplit at": lambda F, a, b, c: F.np.vsplit(a, [1, 2]),
    "vstack": lambda F, a, b, c: F.np.vstack([a, b]),
    "where": lambda F, a, b, c: F.np.where(a, b, c),
    "where numbers": lambda F, a, b, c: F.np.where(a, 1, 2.5),
    "where left": lambda F, a, b, c: F.np.where(a, 1, c),
    "where right": lambda F, a, b, c: F.np.where(a, b, 2),
    "zeros": lambda F, a, b, c: F.np.zeros((2, 3), dtype="float64"),
    "zeros_like": lambda F, a, b, c: F.np.zeros_like(a, dtype="int32"),
    "linalg.cholesky": lambda F, a, b, c: F.np.linalg.cholesky(a),
    "linalg.det": lambda F, a, b, c: F.np.linalg.det(a),
    "linalg.eig": lambda F, a, b, c: F.np.linalg.eig(a),
    "linalg.eigh": lambda F, a, b, c: F.np.linalg.eigh(a, UPLO="U"),
    "linalg.eigvals": lambda F, a, b, c: F.np.linalg.eigvals(a),
    "linalg.eigvalsh": lambda F, a, b, c: F.np.linalg.eigvalsh(a),
    "linalg.inv": lambda F, a, b, c: F.np.linalg.inv(a),
    "linalg.norm": lambda F, a, b, c: F.np.linalg.norm(a),
    "linalg.norm 2": lambda F, a, b, c: F.np.linalg.norm(a, 2, axis=1),
    "linalg.norm inf": lambda F, a, b, c: F.np.linalg.norm(a, float("inf"), axis=1),
    "linalg.norm fro": lambda F, a, b, c: F.np.linalg.norm(a, "fro", axis=(0, 1)),
    "linalg.norm -1": lambda F, a, b, c: F.np.linalg.norm(a, -1, axis=(0, 1), keepdims=True),
    "linalg.norm nuc": lambda F, a, b, c: F.np.linalg.norm(a, "nuc", axis=(0, 1)),
    "linalg.norm 3": lambda F, a, b, c: F.np.linalg.norm(a, 3, axis=0),
    "linalg.norm axis": lambda F, a, b, c: F.np.linalg.norm(a, axis=0),
    "linalg.pinv": lambda F, a, b, c: F.np.linalg.pinv(a),
    "linalg.pinv symbol": lambda F, a, b, c: F.np.linalg.pinv(a, b),
    "linalg.slogdet": lambda F, a, b, c: F.np.linalg.slogdet(a),
    "linalg.solve": lambda F, a, b, c: F.np.linalg.solve(a, b),
    "linalg.svd": lambda F, a, b, c: F.np.linalg.svd(a),
    "linalg.tensorinv": lambda F, a, b, c: F.np.linalg.tensorinv(a, ind=1),
    "linalg.tensorsolve": lambda F, a, b, c: F.np.linalg.tensorsolve(a, b, (0, 1)),
    "random.uniform": lambda F, a, b, c: F.np.random.uniform(0, 2, size=(2, 3)),
    "random.uniform arrays": lambda F, a, b, c: F.np.random.uniform(a, b),
    "random.uniform low": lambda F, a, b, c: F.np.random.uniform(a, 3.0, dtype="float64"),
    "random.uniform high": lambda F, a, b, c: F.np.random.uniform(0.5, b),
    "random.normal": lambda F, a, b, c: F.np.random.normal(size=3),
    "random.normal arrays": lambda F, a, b, c: F.np.random.normal(a, b, size=(2,)),
    "random.lognormal": lambda F, a, b, c: F.np.random.lognormal(0.0, 0.5, size=(2,)),
    "random.logistic": lambda F, a, b, c: F.np.random.logistic(0.5, 2.0, size=(2,)),
    "random.logistic arrays": lambda F, a, b, c: F.np.random.logistic(a, b),
    "random.gumbel": lambda F, a, b, c: F.np.random.gumbel(a, 2.0),
    "random.gumbel scale": lambda F, a, b, c: F.np.random.gumbel(1.0, b),
    "random.rayleigh": lambda F, a, b, c: F.np.random.rayleigh(2.0, size=(2,)),
    "random.rayleigh array": lambda F, a, b, c: F.np.random.rayleigh(a),
    "random.exponential": lambda F, a, b, c: F.np.random.exponential(2.0, size=(2,)),
    "random.exponential array": lambda F, a, b, c: F.np.random.exponential(a),
    "random.weibull": lambda F, a, b, c: F.np.random.weibull(2.0, size=(2,)),
    "random.weibull array": lambda F, a, b, c: F.np.random.weibull(a),
    "random.pareto": lambda F, a, b, c: F.np.random.pareto(2.0, size=(2,)),
    "random.power": lambda F, a, b, c: F.np.random.power(2.0, size=(2,)),
    "random.power array": lambda F, a, b, c: F.np.random.power(a),
    "random.gamma": lambda F, a, b, c: F.np.random.gamma(2.0, size=(2,)),
    "random.gamma arrays": lambda F, a, b, c: F.np.random.gamma(a, b),
    "random.beta": lambda F, a, b, c: F.np.random.beta(2.0, 3.0, size=(2,)),
    "random.chisquare": lambda F, a, b, c: F.np.random.chisquare(2.0, size=(2,)),
    "random.choice": lambda F, a, b, c: F.np.random.choice(5, 3),
    "random.choice array": lambda F, a, b, c: F.np.random.choice(a, 3, replace=False),
    "random.choice weighted": lambda F, a, b, c: F.np.random.choice(5, (3,), p=b),
    "random.rand": lambda F, a, b, c: F.np.random.rand(2, 3),
    "random.randint": lambda F, a, b, c: F.np.random.randint(2, 9, size=(2,)),
    "random.shuffle": lambda F, a, b, c: F.np.random.shuffle(a),
    "random.multivariate_normal": lambda F, a, b, c: F.np.random.multivariate_normal(a, b),
}
CALLS.update(_PLAIN)
_EXTENSION = {
    "npx.activation": lambda F, a, b, c: F.npx.activation(a, act_type="tanh"),
    "npx.arange_like": lambda F, a, b, c: F.npx.arange_like(a, axis=1),
    "npx.batch_dot": lambda F, a, b, c: F.npx.batch_dot(a, b, transpose_b=True),
    "npx.batch_flatten": lambda F, a, b, c: F.npx.batch_flatten(a),
    "npx.batch_norm": lambda F, a, b, c: F.npx.batch_norm(a, name="bn"),
    "npx.cast": lambda F, a, b, c: F.npx.cast(a, dtype="float64"),
    "npx.constraint_check": lambda F, a, b, c: F.npx.constraint_check(a, msg="wrong"),
    "npx.convolution": lambda F, a, b, c: F.npx.convolution(a, num_filter=2, kernel=(3, 3)),
    "npx.deconvolution": lambda F, a, b, c: F.npx.deconvolution(a, num_filter=2, kernel=(3, 3), no_bias=True),
    "npx.dropout": lambda F, a, b, c: F.npx.dropout(a, p=0.25),
    "npx.embedding": lambda F, a, b, c: F.npx.embedding(a, b, input_dim=4, output_dim=3),
    "npx.erf": lambda F, a, b, c: F.npx.erf(a),
    "npx.erfinv": lambda F, a, b, c: F.npx.erfinv(a),
    "npx.fully_connected": lambda F, a, b, c: F.npx.fully_connected(a, num_hidden=3, flatten=False),
    "npx.gamma": lambda F, a, b, c: F.npx.gamma(a),
    "npx.gammaln": lambda F, a, b, c: F.npx.gammaln(a),
    "npx.gather_nd": lambda F, a, b, c: F.npx.gather_nd(a, b),
    "npx.layer_norm": lambda F, a, b, c: F.npx.layer_norm(a, b, c, axis=-1),
    "npx.leaky_relu": lambda F, a, b, c: F.npx.leaky_relu(a, act_type="gelu"),
    "npx.log_softmax": lambda F, a, b, c: F.npx.log_softmax(a, axis=-1),
    "npx.multibox_prior": lambda F, a, b, c: F.npx.multibox_prior(a, sizes=(0.5,), ratios=(1, 2)),
    "npx.nonzero": lambda F, a, b, c: F.npx.nonzero(a),
    "npx.one_hot": lambda F, a, b, c: F.npx.one_hot(a, 4),
    "npx.pick": lambda F, a, b, c: F.npx.pick(a, b, axis=1),
    "npx.pooling": lambda F, a, b, c: F.npx.pooling(a, kernel=(2, 2), pool_type="max"),
    "npx.relu": lambda F, a, b, c: F.npx.relu(a),
    "npx.reshape": lambda F, a, b, c: F.npx.reshape(a, (-2, -1)),
    "npx.reshape_like": lambda F, a, b, c: F.npx.reshape_like(a, b),
    "npx.rnn": lambda F, a, b, c: F.npx.rnn(a, b, c, mode="gru", state_size=2, num_layers=1),
    "npx.roi_pooling": lambda F, a, b, c: F.npx.roi_pooling(a, b, pooled_size=(2, 2), spatial_scale=1.0),
    "npx.sequence_mask": lambda F, a, b, c: F.npx.sequence_mask(a, b, use_sequence_length=True),
    "npx.shape_array": lambda F, a, b, c: F.npx.shape_array(a),
    "npx.sigmoid": lambda F, a, b, c: F.npx.sigmoid(a),
    "npx.slice": lambda F, a, b, c: F.npx.slice(a, begin=(0, 1), end=(2, 3)),
    "npx.smooth_l1": lambda F, a, b, c: F.npx.smooth_l1(a, scalar=2.0),
    "npx.softmax": lambda F, a, b, c: F.npx.softmax(a, axis=1),
    "npx.topk": lambda F, a, b, c: F.npx.topk(a, k=2, ret_typ="value"),
    "npx.image.to_tensor": lambda F, a, b, c: F.npx.image.to_tensor(a),
    "npx.image.normalize": lambda F, a, b, c: F.npx.image.normalize(a, mean=(0.1,), std=(0.5,)),
    "npx.random.bernoulli": lambda F, a, b, c: F.npx.random.bernoulli(0.5, size=(2,)),
    "npx.random.bernoulli logit": lambda F, a, b, c: F.npx.random.bernoulli(logit=a),
    "npx.random.normal_n": lambda F, a, b, c: F.npx.random.normal_n(a, 2.0, batch_shape=(3,)),
    "npx.random.uniform_n": lambda F, a, b, c: F.npx.random.uniform_n(0.0, 2.0, batch_shape=(3,)),
}
CALLS.update(_EXTENSION)
_METHODS = {
    "T": lambda a, b, c: a.T,
    "+": lambda a, b, c: a + b,
    "+ number": lambda a, b, c: a + 2,
    "number +": lambda a, b, c: 2.5 + a,
    "-": lambda a, b, c: a - b,
    "number -": lambda a, b, c: 2 - a,
    "*": lambda a, b, c: a * 2,
    "/": lambda a, b, c: a / 2,
    "number /": lambda a, b, c: 2 / a,
    "%": lambda a, b, c: a % b,
    "number %": lambda a, b, c: 2 % a,
    "**": lambda a, b, c: a**2,
    "number **": lambda a, b, c: 2**a,
    "neg": lambda a, b, c: -a,
    "abs method": lambda a, b, c: a.abs(),
    "==": lambda a, b, c: a == b,
    "!=": lambda a, b, c: a != 2,
    ">": lambda a, b, c: a > b,
    ">=": lambda a, b, c: a >= 1.5,
    "<": lambda a, b, c: a < b,
    "<=": lambda a, b, c: a <= b,
    "argmax": lambda a, b, c: a.argmax(axis=0),
    "argmin": lambda a, b, c: a.argmin(),
    "argsort": lambda a, b, c: a.argsort(),
    "astype": lambda a, b, c: a.astype("int32"),
    "clip": lambda a, b, c: a.clip(0, 1),
    "cumsum": lambda a, b, c: a.cumsum(axis=0),
    "diag": lambda a, b, c: a.diag(),
    "dot": lambda a, b, c: a.dot(b),
    "exp": lambda a, b, c: a.exp(),
    "expand_dims": lambda a, b, c: a.expand_dims(0),
    "flatten": lambda a, b, c: a.flatten(),
    "flip": lambda a, b, c: a.flip(axis=0),
    "max": lambda a, b, c: a.max(),
    "mean": lambda a, b, c: a.mean(axis=1),
    "min": lambda a, b, c: a.min(axis=0, keepdims=True),
    "prod": lambda a, b, c: a.prod(),
    "repeat": lambda a, b, c: a.repeat(2, axis=0),
    "reshape": lambda a, b, c: a.reshape(3, 2),
    "reshape tuple": lambda a, b, c: a.reshape((-1,)),
    "reshape_like": lambda a, b, c: a.reshape_like(b),
    "round": lambda a, b, c: a.round(),
    "sort": lambda a, b, c: a.sort(),
    "sqrt": lambda a, b, c: a.sqrt(),
    "squeeze": lambda a, b, c: a.squeeze(),
    "std": lambda a, b, c: a.std(),
    "sum": lambda a, b, c: a.sum(axis=1, keepdims=True),
    "swapaxes": lambda a, b, c: a.swapaxes(0, 1),
    "take": lambda a, b, c: a.take(b, axis=0, mode="clip"),
    "tile": lambda a, b, c: a.tile((2, 1)),
    "transpose": lambda a, b, c: a.transpose(),
    "transpose axes": lambda a, b, c: a.transpose(1, 0),
    "var": lambda a, b, c: a.var(axis=0, ddof=1),
    "sigmoid": lambda a, b, c: a.sigmoid(),
    "relu": lambda a, b, c: a.relu(),
    "softmax": lambda a, b, c: a.softmax(),
    "one_hot": lambda a, b, c: a.one_hot(4),
    "split": lambda a, b, c: a.split(2, axis=0),
    "zeros_like": lambda a, b, c: a.zeros_like(),
    "broadcast_to": lambda a, b, c: a.broadcast_to((2, 2, 3)),
    "topk": lambda a, b, c: a.topk(k=1),
    "norm": lambda a, b, c: a.norm(),
    "slice_axis": lambda a, b, c: a.slice_axis(axis=0, begin=0, end=1),
    "[()]": lambda a, b, c: a[()],
    "[1]": lambda a, b, c: a[1],
    "[-1]": lambda a, b, c: a[-1],
    "[1:3]": lambda a, b, c: a[1:3],
    "[::-1]": lambda a, b, c: a[::-1],
    "[1, 2]": lambda a, b, c: a[1, 2],
    "[:, 1]": lambda a, b, c: a[:, 1],
    "[:, 1:2]": lambda a, b, c: a[:, 1:2],
    "[..., 1]": lambda a, b, c: a[..., 1],
    "[None]": lambda a, b, c: a[None],
    "[None, :, None]": lambda a, b, c: a[None, :, None],
    "[1, None, :2]": lambda a, b, c: a[1, None, :2],
    "[...]": lambda a, b, c: a[...],
    "[symbol]": lambda a, b, c: a[b],
    "[symbol, symbol]": lambda a, b, c: a[b, c],
    "as_nd_ndarray": lambda a, b, c: a.as_nd_ndarray() + 1,
    "output of a group": lambda a, b, c: _pair(a, b)[1],
    "outputs of a group": lambda a, b, c: _pair(a, b)[0:1],
}


def _pair(a, b):
    import mxnet as mx

    return mx.sym.Group([a * 2, b], type(a))


def _method(call):
    return lambda F, a, b, c: call(a, b, c)


CALLS.update({f"method {n}": _method(m) for n, m in _METHODS.items()})


def graph(mx, name):
    """The JSON of the graph that the call makes; the error's class where it makes none."""
    with mx.name.NameManager(), mx.util.np_shape(True), mx.util.np_array(True):
        a, b, c = (mx.sym.var(n).as_np_ndarray() for n in "abc")
        try:
            made = CALLS[name](mx.sym, a, b, c)
            if not isinstance(made, mx.sym.Symbol):
                made = mx.sym.Group(made) if made is not None else None
            if made is None:
                return {"made": None}
            data = json.loads(made.tojson())
            return {"made": data["nodes"], "rows": data["node_row_ptr"], "outputs": made.list_outputs()}
        except Exception as error:  # the recorder writes down whatever 1.9.1 raises
            return {"error": type(error).__name__, "text": str(error)[:200]}


def recorded():
    """What 1.9.1 makes of each call."""
    return json.loads(gzip.decompress(RECORDED.read_bytes()))


def main():
    import mxnet as mx

    found = {name: graph(mx, name) for name in CALLS}
    for name, entry in found.items():
        if "error" in entry:
            print(name, entry)
    RECORDED.write_bytes(gzip.compress(json.dumps(found, separators=(",", ":")).encode(), mtime=0))


if __name__ == "__main__":
    main()
