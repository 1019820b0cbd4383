"""Insertion of casts into a graph."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from mxnet import _ops
from mxnet._graph.node import Entry, Node, output_names, topological, visible_outputs
from mxnet._graph.type_rules import Conflict, share
from mxnet._runtime.dtypes import FLAG, torch_dtype

from ._policy import AS_GIVEN, FLOAT32, LOW, WIDEST, Policy

_VARIABLE, _OPEN = "variable", "open"
_OUTPUTS_HAVE_NAMES = frozenset(
    """
Activation BatchNorm BatchNorm_v1 BilinearSampler Concat Convolution Convolution_v1 Correlation Crop
Deconvolution Dropout FullyConnected GridGenerator GroupNorm IdentityAttachKLSparseReg InstanceNorm
L2Normalization LRN LayerNorm LeakyReLU MakeLoss Pad Pooling Pooling_v1 RNN ROIPooling SVMOutput SequenceLast
SequenceMask SequenceReverse SliceChannel SoftmaxActivation SoftmaxOutput SpatialTransformer SwapAxis UpSampling
_contrib_BatchNormWithReLU _contrib_DeformableConvolution _contrib_DeformablePSROIPooling
_contrib_ModulatedDeformableConvolution _contrib_MultiBoxDetection _contrib_MultiBoxPrior
_contrib_MultiBoxTarget _contrib_MultiProposal _contrib_PSROIPooling _contrib_Proposal _contrib_ROIAlign
_contrib_RROIAlign _contrib_SyncBatchNorm _contrib_calibrate_entropy _contrib_count_sketch _contrib_fft
_contrib_ifft _contrib_interleaved_matmul_encdec_qk _contrib_interleaved_matmul_encdec_valatt
_contrib_interleaved_matmul_selfatt_qk _contrib_interleaved_matmul_selfatt_valatt _rnn_param_concat col2im
elemwise_add im2col make_loss softmax softmin
""".split()
)
"""Operators after whose outputs 1.9.1 names casts; for the others it takes the number of the output."""

Key = tuple[int, int]


def insert_casts(outputs: Sequence[Entry], policy: Policy, excluded: Collection[str]) -> list[Entry]:
    """The graph with ``amp_cast`` and ``amp_multicast`` where ``policy`` wants another type; its outputs are float32.

    Nodes whose name is ``excluded`` run in float32. Graphs of loops are left as they are. Variables are copied.
    """
    return _Casts(policy, excluded).graph(outputs)


class _Casts:
    def __init__(self, policy: Policy, excluded: Collection[str]) -> None:
        self.policy = policy
        self.excluded = excluded
        self.made: dict[int, Node] = {}
        self.state: dict[Key, str] = {}  # of values of the new graph: LOW, FLOAT32, _VARIABLE or _OPEN
        self.casts: dict[tuple[int, int, str], Node] = {}

    def graph(self, outputs: Sequence[Entry]) -> list[Entry]:
        for node in topological(outputs):
            inputs = [(self.made[id(child)], i) for child, i in node.inputs]
            new = node.copy(inputs)
            self.made[id(node)] = new
            for i, state in enumerate([_VARIABLE] if new.op is None else self._convert(new)):
                self.state[id(new), i] = state
        heads = [(self.made[id(n)], i) for n, i in outputs]
        return [e if self.state[id(e[0]), e[1]] == FLOAT32 else self._cast(e, "float32") for e in heads]

    def _convert(self, node: Node) -> list[str]:
        """Cast the inputs of ``node`` as it requires; returns the types of its outputs."""
        op, bound = node.op, node.bound
        if op.name == "amp_cast":
            return [{"float32": FLOAT32, self.policy.target: LOW}.get(node.attrs.get("dtype", ""), _OPEN)]
        excluded = node.name in self.excluded
        want = FLOAT32 if excluded else self.policy.wants(op, node.attrs)
        states = [self.state[id(child), i] for child, i in node.inputs]
        if want == AS_GIVEN and not (op.variadic is not None and _mixed(states)):
            return self._followed(node, states)
        if want in (WIDEST, AS_GIVEN):
            return [self._join(node, states)] * bound.total
        # variables count as float32, except for conditional operators, as in 1.9.1
        wide = (LOW, _OPEN) if excluded or not self.policy.on_condition(op, node.attrs) else (LOW, _OPEN, _VARIABLE)
        for slot, (entry, state) in enumerate(zip(list(node.inputs), states, strict=True)):
            if self.policy.stays(op, slot):
                continue
            if want == LOW and state != LOW:
                node.inputs[slot] = self._cast(entry, self.policy.target)
            elif want == FLOAT32 and state in wide:
                node.inputs[slot] = self._cast(entry, "float32")
        return [want] * bound.total

    def _followed(self, node: Node, states: Sequence[str]) -> list[str]:
        """The types of the outputs, as far as they follow from those of the inputs."""
        types = {LOW: torch_dtype(self.policy.target), FLOAT32: torch_dtype("float32")}
        total = node.bound.total
        if not any(s in types for s in states):
            return [_OPEN] * total
        try:
            found = share(node.bound, [types.get(s) for s in states], [None] * total, False)[1]
        except Conflict:
            return [_OPEN] * total
        of_types = {dtype: state for state, dtype in types.items()}
        return [_OPEN if dtype is None else of_types.get(dtype, _OPEN) for dtype in found]

    def _join(self, node: Node, states: Sequence[str]) -> str:
        """Give the inputs of ``node`` one type, the widest among them."""
        low = [
            s == LOW or (s == _VARIABLE and (id(n), i, self.policy.target) in self.casts)
            for s, (n, i) in zip(states, node.inputs, strict=True)
        ]
        if any(s == LOW for s in states) and all(low):
            node.inputs = [
                e if s == LOW else self._cast(e, self.policy.target) for e, s in zip(node.inputs, states, strict=True)
            ]
            return LOW
        if all(narrow or s == FLOAT32 for narrow, s in zip(low, states, strict=True)) and FLOAT32 in states:
            node.inputs = [
                e if s == FLOAT32 else self._cast(e, "float32") for e, s in zip(node.inputs, states, strict=True)
            ]
            return FLOAT32
        makers = {id(n): n for n, _ in node.inputs}.values()
        if len(states) < 2 or [n.op.name if n.op else "" for n in makers] == ["amp_multicast"]:
            return _OPEN
        child, i = node.inputs[0]
        cast = Node(
            _ops.get("amp_multicast"),
            f"{_value_name(child, i)}_amp_multicast",
            {"num_outputs": str(len(states))},
            list(node.inputs),
        )
        node.inputs = [(cast, k) for k in range(len(states))]
        return _OPEN

    def _cast(self, entry: Entry, dtype: str) -> Entry:
        child, i = entry
        key = id(child), i, dtype
        made = self.casts.get(key)
        if made is None:
            name = f"{_value_name(child, i)}_amp_cast_{dtype}"
            made = self.casts[key] = Node(_ops.get("amp_cast"), name, {"dtype": dtype}, [entry])
            self.state[id(made), 0] = LOW if dtype == self.policy.target else FLOAT32
        return made, 0


def _value_name(node: Node, index: int) -> str:
    if node.op is None:
        return node.name
    if node.op.name not in _OUTPUTS_HAVE_NAMES:
        return f"{node.name}_{index}"
    return output_names((node, index)) if index < visible_outputs(node) else f"{node.name}_output{index}"


def _mixed(states: Sequence[str]) -> bool:
    """Whether the narrow type meets another, which operators do not take in 1.9.1 (a variable may become narrow)."""
    return LOW in states and (FLOAT32 in states or _OPEN in states)


def forget_float32(outputs: Sequence[Entry], data: Collection[str]) -> None:
    """Remove the type from the attributes of float32 variables, except for those in ``data``."""
    for node in topological(outputs):
        if (
            node.op is None
            and node.name not in data
            and node.attrs.get("__dtype__") == str(FLAG[torch_dtype("float32")])
        ):
            del node.attrs["__dtype__"]


def note_types(outputs: Sequence[Entry], dtypes: Mapping[str, object], data: Collection[str]) -> None:
    """Write the known types of variables into their attributes, except for those in ``data``."""
    for node in topological(outputs):
        known = dtypes.get(node.name)
        if node.op is None and node.name not in data and known is not None:
            node.attrs.setdefault("__dtype__", str(FLAG[torch_dtype(known)]))


def narrow_parameters(outputs: Sequence[Entry], target: str, data: Collection[str]) -> list[Entry]:
    """The graph in which parameters that are only ever needed in ``target`` have this type, without a cast.

    A parameter is a variable with a type written in its attributes that is not among ``data``. It is needed in
    ``target`` where a cast says so, and where it meets only values of that type.
    """
    low = str(FLAG[torch_dtype(target)])
    order = topological(outputs)
    users: dict[str, list[Node]] = {}
    for node in order:
        for child, _ in node.inputs:
            if child.op is None:
                users.setdefault(child.name, []).append(node)
    for node in order:
        if node.op is None and "__dtype__" in node.attrs and node.name not in data:
            wanted = [_needs(user, node.name, target, low, data) for user in users.get(node.name, ())]
            if True in wanted and False not in wanted:
                node.attrs["__dtype__"] = low
    return _without_idle_casts(outputs, target, low, data)


def _needs(user: Node, variable: str, target: str, low: str, data: Collection[str]) -> bool | None:
    """True if ``user`` takes ``variable`` in the narrow type, False if in float32, None if it does not matter."""
    if user.op is None:
        return None
    if user.op.name == "amp_cast":
        return user.attrs.get("dtype") == target
    if user.op.name == "amp_multicast":
        others = [n for n, _ in user.inputs if not (n.op is None and (n.name == variable or n.name in data))]
        narrow = all(n.op is None and n.attrs.get("__dtype__") == low for n in others)
        return True if narrow else None
    return False


def _without_idle_casts(outputs: Sequence[Entry], target: str, low: str, data: Collection[str]) -> list[Entry]:
    new: dict[Key, Entry] = {}
    heads = {id(n) for n, _ in outputs}
    for node in topological(outputs):
        node.inputs = [new[id(child), i] for child, i in node.inputs]
        kept = node
        if node.op is not None and node.op.name == "amp_cast" and node.attrs.get("dtype") == target:
            child = node.inputs[0][0]
            own = child.op is None and child.attrs.get("__dtype__") == low and child.name not in data
            if own and id(node) not in heads and node.name == f"{child.name}_amp_cast_{target}":
                kept = child
        for i in range(1 if node.op is None else node.bound.total):
            new[id(node), i] = (kept, i)
    return [new[id(n), i] for n, i in outputs]
