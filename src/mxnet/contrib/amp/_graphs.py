"""Mixed precision in existing graphs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from mxnet import ndarray
from mxnet._base.errors import ArgumentError
from mxnet._graph.node import topological
from mxnet._runtime.dtypes import FLAG, torch_dtype
from mxnet.context import gpu
from mxnet.module import BucketingModule
from mxnet.symbol import Symbol

from ._convert import forget_float32, insert_casts, narrow_parameters, note_types
from ._policy import LISTS, Conditions, Lists, Policy, RefusedError, narrow_type


def convert_symbol(
    sym: Symbol,
    target_dtype: Any = "float16",
    target_dtype_ops: Sequence[str] | None = None,
    fp32_ops: Sequence[str] | None = None,
    conditional_fp32_ops: Conditions | None = None,
    excluded_sym_names: Sequence[str] | None = None,
    data_names: Sequence[str] | None = None,
    cast_optional_params: bool = False,
) -> Symbol:
    """The graph with casts, so that it runs in mixed precision; inputs and outputs stay float32.

    Args:
        sym: the graph.
        target_dtype: ``float16`` or ``bfloat16``.
        target_dtype_ops: operators to run in it; None for :func:`list_lp16_ops`.
        fp32_ops: operators to run in float32; None for :func:`list_fp32_ops`.
        conditional_fp32_ops: operators to run in float32 for some attributes; None for
            :func:`list_conditional_fp32_ops`.
        excluded_sym_names: names of nodes to leave in float32.
        data_names: inputs that are not parameters; if given, types of the parameters are written into their attributes.
        cast_optional_params: whether parameters that are only needed in the narrow type are stored in it.

    Raises:
        RefusedError: the type is another one, or an operator is in two lists or in none; also an ``AssertionError``.

    >>> import mxnet as mx
    >>> s = mx.sym.FullyConnected(mx.sym.var("x"), num_hidden=2, no_bias=True, name="fc")
    >>> convert_symbol(s).list_outputs()
    ['fc_output_amp_cast_float32_output']
    """
    if not isinstance(sym, Symbol):
        raise RefusedError(f"First argument to convert_symbol should be Symbol, got {type(sym).__name__}")
    target = _supported(target_dtype)
    chosen = LISTS[target]
    low = chosen.low if target_dtype_ops is None else target_dtype_ops
    wide = chosen.float32 if fp32_ops is None else fp32_ops
    conditional = chosen.conditional if conditional_fp32_ops is None else conditional_fp32_ops
    _check_lists(chosen, low, wide, conditional)
    graph = insert_casts(sym._outputs, Policy(target, low, wide, conditional), set(excluded_sym_names or ()))
    if data_names is not None:
        forget_float32(graph, data_names)  # next to values that became narrow, parameters are narrow too
        found = _types(type(sym)(graph), data_names)
        note_types(graph, found, set(data_names))
    if cast_optional_params:
        graph = narrow_parameters(graph, target, set(data_names or ()))
    return type(sym)(graph)


def _supported(target_dtype: Any) -> str:
    target = narrow_type(target_dtype)
    if target is None:
        raise RefusedError(f"Only target_dtype float16 and bfloat16 are supported currently, got {target_dtype!r}")
    return target


def _types(sym: Symbol, data_names: Sequence[str]) -> Mapping[str, Any]:
    unknown = [n for n in data_names if n not in sym.list_inputs()]
    if unknown:
        raise ArgumentError(f"InferType: keyword argument name {unknown[0]} not found; inputs: {sym.list_inputs()}")
    arguments, _, states = sym.infer_type_partial(**dict.fromkeys(data_names, "float32"))
    return {
        name: dtype or "float32"
        for name, dtype in zip(
            [*sym.list_arguments(), *sym.list_auxiliary_states()], [*arguments, *states], strict=True
        )
    }


def _check_lists(chosen: Lists, low: Sequence[str], wide: Sequence[str], conditional: Conditions) -> None:
    by_name = {
        "target_dtype_ops": set(low),
        "fp32_ops": set(wide),
        "conditional_fp32_ops": {name for name, *_ in conditional},
    }
    for first, second in (
        ("target_dtype_ops", "fp32_ops"),
        ("target_dtype_ops", "conditional_fp32_ops"),
        ("fp32_ops", "conditional_fp32_ops"),
    ):
        common = by_name[first] & by_name[second]
        if common:
            raise RefusedError(
                f"Ops cannot be in two or more lists. Common ops in {first} and {second} {common}; take them out of one"
            )
    known = {*chosen.low, *chosen.both, *chosen.float32, *(name for name, *_ in chosen.conditional)}
    strange = set().union(*by_name.values()) - known
    if strange:
        raise RefusedError(
            "Can only choose ops from amp.list_lp16_ops(target_dtype), amp.list_fp32_ops(target_dtype), "
            "amp.list_lp16_fp32_ops(target_dtype) and amp.list_conditional_fp32_ops(target_dtype) for lp16_ops and "
            f"fp32_ops. Op {strange} not in any of them"
        )


def convert_model(
    sym: Symbol,
    arg_params: Mapping[str, Any],
    aux_params: Mapping[str, Any],
    target_dtype: Any = "float16",
    target_dtype_ops: Sequence[str] | None = None,
    fp32_ops: Sequence[str] | None = None,
    conditional_fp32_ops: Conditions | None = None,
    excluded_sym_names: Sequence[str] | None = None,
    cast_optional_params: bool = False,
) -> tuple[Symbol, dict[str, Any], dict[str, Any]]:
    """Graph and parameters for mixed precision: see :func:`convert_symbol`.

    Returns:
        The graph, and new dicts of the parameters; with ``cast_optional_params`` some of them in ``target_dtype``.

    Raises:
        RefusedError: as for :func:`convert_symbol`; also an ``AssertionError``.

    >>> import mxnet as mx
    >>> net = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2, name="fc")
    >>> args = {"fc_weight": mx.nd.ones((2, 3)), "fc_bias": mx.nd.zeros(2)}
    >>> converted, args, aux = convert_model(net, args, {})
    >>> any(name.startswith("data_amp_cast") for name in converted.get_internals().list_outputs())
    True
    """
    if not isinstance(sym, Symbol):
        raise RefusedError(f"First argument to convert_model should be Symbol, got {type(sym).__name__}")
    for name, values in (("arg_params", arg_params), ("aux_params", aux_params)):
        if not isinstance(values, Mapping):
            raise RefusedError(f"convert_model: {name} should be a dict of NDArrays, got {type(values).__name__}")
    data = [n for n in sym.list_inputs() if n not in arg_params and n not in aux_params]
    converted = convert_symbol(
        sym,
        target_dtype,
        target_dtype_ops,
        fp32_ops,
        conditional_fp32_ops,
        excluded_sym_names,
        data,
        cast_optional_params,
    )
    narrow = narrow_names(converted, _supported(target_dtype))

    def cast(values: Mapping[str, Any]) -> dict[str, Any]:
        return {
            k: ndarray.op.amp_cast(v, dtype=_supported(target_dtype)) if k in narrow else v for k, v in values.items()
        }

    return converted, cast(arg_params), cast(aux_params)


def narrow_names(sym: Symbol, target: str) -> Collection[str]:
    """The variables whose attributes say that they are of ``target``."""
    low = str(FLAG[torch_dtype(target)])
    return {n.name for n in topological(sym._outputs) if n.op is None and n.attrs.get("__dtype__") == low}


def convert_hybrid_block(
    block: Any,
    target_dtype: Any = "float16",
    target_dtype_ops: Sequence[str] | None = None,
    fp32_ops: Sequence[str] | None = None,
    conditional_fp32_ops: Conditions | None = None,
    excluded_sym_names: Sequence[str] | None = None,
    ctx: Any = gpu(0),  # noqa: B008  as in 1.9.1
    cast_optional_params: bool = False,
) -> Any:
    """A SymbolBlock that runs ``block``'s graph in mixed precision, for inference: see :func:`convert_symbol`.

    Args:
        block: a HybridBlock or SymbolBlock that was hybridized and called.
        ctx: the context for its parameters; the first GPU unless given.

    Raises:
        RefusedError: ``block`` is something else; also an ``AssertionError``.
        ArgumentError: it has no graph yet.

    >>> import mxnet as mx
    >>> net = mx.gluon.nn.Dense(2)
    >>> net.initialize()
    >>> net.hybridize()
    >>> _ = net(mx.nd.ones((1, 3)))
    >>> convert_hybrid_block(net, ctx=mx.cpu())(mx.nd.ones((1, 3))).shape
    (1, 2)
    """
    from mxnet.gluon import HybridBlock, SymbolBlock

    if not isinstance(block, HybridBlock):
        raise RefusedError(f"block input should be a HybridBlock, got {type(block).__name__}")
    if not block._cached_graph:
        raise ArgumentError(
            "Please first call block.hybridize() and then run forward with this block at least once before calling "
            "convert_hybrid_block"
        )
    inputs, sym = block._cached_graph
    inputs = [i for i in inputs if i is not None]
    data = [i.name for i in inputs]
    target = _supported(target_dtype)
    converted = convert_symbol(
        sym,
        target_dtype,
        target_dtype_ops,
        fp32_ops,
        conditional_fp32_ops,
        excluded_sym_names,
        data,
        cast_optional_params,
    )
    by_name = {n.name: n for n in topological(converted._outputs) if n.op is None}
    made = SymbolBlock(
        converted, [Symbol([(by_name[n], 0)]) if n in by_name else i for n, i in zip(data, inputs, strict=True)]
    )
    narrow = narrow_names(converted, target)
    arrays = {
        name: ndarray.op.amp_cast(param._reduce(), dtype=target) if name in narrow else param._reduce()
        for name, param in block.collect_params().items()
        if name in by_name
    }
    for name, param in made.collect_params().items():
        value = arrays[name]
        param.shape, param.dtype = value.shape, value.dtype
        param._load_init(value, ctx)
    return made


def convert_bucketing_module(
    bucketing_mod: BucketingModule,
    target_dtype: Any = "float16",
    target_dtype_ops: Sequence[str] | None = None,
    fp32_ops: Sequence[str] | None = None,
    conditional_fp32_ops: Conditions | None = None,
    excluded_sym_names: Sequence[str] | None = None,
    cast_optional_params: bool = False,
) -> BucketingModule:
    """A BucketingModule that runs its graphs in mixed precision, for inference: see :func:`convert_symbol`.

    Raises:
        RefusedError: it is not a BucketingModule, or has no parameters; also an ``AssertionError``.
    """
    if not isinstance(bucketing_mod, BucketingModule):
        raise RefusedError(f"module should be of type BucketingModule, got {type(bucketing_mod).__name__}")
    if not (bucketing_mod.binded and bucketing_mod.params_initialized):
        raise RefusedError("bucketing_mod needs to be bound, and its parameters initialized")
    options = (target_dtype, target_dtype_ops, fp32_ops, conditional_fp32_ops, excluded_sym_names)
    made = bucketing_mod._sym_gen

    def generate(key: Any) -> tuple[Symbol, Sequence[str], Sequence[str]]:
        sym, data_names, label_names = made(key)
        names = [*data_names, *(label_names or ())] if cast_optional_params else None
        return convert_symbol(sym, *options, names, cast_optional_params), data_names, label_names

    result = BucketingModule(
        generate,
        default_bucket_key=bucketing_mod._default_bucket_key,
        logger=bucketing_mod.logger,
        context=bucketing_mod._context,
        work_load_list=bucketing_mod._work_load_list,
        fixed_param_names=bucketing_mod._fixed_param_names,
        state_names=bucketing_mod._state_names,
        group2ctxs=bucketing_mod._group2ctxs,
        compression_params=bucketing_mod._compression_params,
    )
    current = bucketing_mod._curr_module
    result.bind(current.data_shapes, current.label_shapes, for_training=False)
    arguments, states = bucketing_mod.get_params()
    result.set_params(arguments, states)
    return result
