"""Attention with several heads, and the cells of a Transformer. Not in 1.9.1."""

from __future__ import annotations

from typing import Any

from mxnet import ndarray as nd
from mxnet.gluon._errors import RejectedError
from mxnet.gluon.block import HybridBlock
from mxnet.gluon.nn import Activation, Dense, Dropout, HybridSequential, LayerNorm

__all__ = ["MultiHeadAttention", "TransformerDecoderCell", "TransformerEncoderCell"]


class MultiHeadAttention(HybridBlock):
    """Attention with several heads (arXiv:1706.03762), on :func:`mxnet.nd.contrib.scaled_dot_product_attention`.

    Args:
        units: size of the output; a multiple of ``num_heads``.
        num_heads: how many heads.
        dropout: the share of attention weights set to zero in training.
        causal: whether a position sees only itself and earlier ones.
        use_bias: whether the four projections have a bias.
        query_size, key_size, value_size: sizes of the inputs; 0 to derive them from the first ones.
        weight_initializer, bias_initializer: initializers of the projections.

    Inputs, by position, as many as are needed:
        query (N, Lq, query_size); key (N, Lk, key_size), the query if None; value (N, Lk, value_size), the key if None;
        mask (N, Lq, Lk) or (N, heads, Lq, Lk), not zero where a query may see a key; valid_length (N,), how many keys
        of each sample there are.

    Outputs: (N, Lq, units)

    Raises:
        RejectedError: ``units`` is no multiple of ``num_heads``.

    >>> import mxnet as mx
    >>> layer = MultiHeadAttention(8, num_heads=2)
    >>> layer.initialize()
    >>> layer(mx.nd.ones((2, 3, 8)), mx.nd.ones((2, 5, 6))).shape
    (2, 3, 8)
    """

    def __init__(
        self,
        units: int,
        num_heads: int,
        dropout: float = 0.0,
        causal: bool = False,
        use_bias: bool = True,
        query_size: int = 0,
        key_size: int = 0,
        value_size: int = 0,
        weight_initializer: Any = None,
        bias_initializer: Any = "zeros",
        prefix: str | None = None,
        params: Any = None,
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        if num_heads < 1 or units % num_heads:
            raise RejectedError(
                f"MultiHeadAttention: units is {units} and num_heads {num_heads}, expected units to be a multiple of it"
            )
        self._units = units
        self._num_heads = num_heads
        self._dropout = dropout
        self._causal = causal

        def projection(role: str, size: int) -> Dense:
            return Dense(
                units,
                use_bias=use_bias,
                flatten=False,
                weight_initializer=weight_initializer,
                bias_initializer=bias_initializer,
                in_units=size,
                prefix=role + "_",
            )

        with self.name_scope():
            self.query_proj = projection("query", query_size)
            self.key_proj = projection("key", key_size)
            self.value_proj = projection("value", value_size)
            self.out_proj = projection("out", units)

    def _heads(self, x: Any) -> Any:
        """(N, L, units) as (N, heads, L, units / heads)."""
        return x.reshape((0, 0, -4, self._num_heads, -1)).transpose((0, 2, 1, 3))

    def keys_and_values(self, key: Any, value: Any = None) -> tuple[Any, Any]:
        """Projections of keys and values, each (N, heads, Lk, units / heads), for :meth:`attend`."""
        return self._heads(self.key_proj(key)), self._heads(self.value_proj(key if value is None else value))

    def attend(self, F: Any, query: Any, keys: Any, values: Any, mask: Any = None, valid_length: Any = None) -> Any:
        """The output for queries and projected keys and values: what :meth:`keys_and_values` gave, now or before."""
        optional = {k: v for k, v in (("mask", mask), ("valid_length", valid_length)) if v is not None}
        mixed = F.contrib.scaled_dot_product_attention(
            self._heads(self.query_proj(query)),
            keys,
            values,
            causal=self._causal,
            dropout=self._dropout,
            use_mask=mask is not None,
            use_length=valid_length is not None,
            **optional,
        )
        return self.out_proj(mixed.transpose((0, 2, 1, 3)).reshape((0, 0, -3)))

    def hybrid_forward(
        self, F: Any, query: Any, key: Any = None, value: Any = None, mask: Any = None, valid_length: Any = None
    ) -> Any:
        keys, values = self.keys_and_values(query if key is None else key, value)
        return self.attend(F, query, keys, values, mask, valid_length)

    def __repr__(self) -> str:
        causal = ", causal" if self._causal else ""
        return f"{type(self).__name__}({self._units}, num_heads={self._num_heads}, dropout={self._dropout}{causal})"


class _TransformerCell(HybridBlock):
    """What encoder and decoder have in common: sublayers, each with a shortcut, a dropout and a normalisation."""

    def __init__(
        self,
        units: int,
        hidden_size: int,
        num_heads: int,
        dropout: float = 0.0,
        attention_dropout: float = 0.0,
        activation: str = "relu",
        pre_norm: bool = False,
        epsilon: float = 1e-5,
        weight_initializer: Any = None,
        bias_initializer: Any = "zeros",
        prefix: str | None = None,
        params: Any = None,
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        self._units = units
        self._num_heads = num_heads
        self._pre_norm = pre_norm
        self._inits = {"weight_initializer": weight_initializer, "bias_initializer": bias_initializer}
        with self.name_scope():
            self.dropout = Dropout(dropout)
            self.self_attention = self._attention("self_", attention_dropout, self._causal)
            self.self_norm = LayerNorm(epsilon=epsilon, in_channels=units, prefix="self_norm_")
            self.ffn = HybridSequential(prefix="ffn_")
            with self.ffn.name_scope():
                self.ffn.add(Dense(hidden_size, flatten=False, in_units=units, **self._inits))
                self.ffn.add(Activation(activation))
                self.ffn.add(Dropout(dropout))
                self.ffn.add(Dense(units, flatten=False, in_units=hidden_size, **self._inits))
            self.ffn_norm = LayerNorm(epsilon=epsilon, in_channels=units, prefix="ffn_norm_")

    _causal = False

    def _attention(self, prefix: str, dropout: float, causal: bool) -> MultiHeadAttention:
        u = self._units
        return MultiHeadAttention(
            u,
            self._num_heads,
            dropout,
            causal,
            query_size=u,
            key_size=u,
            value_size=u,
            prefix=prefix,
            **self._inits,
        )

    def _before(self, norm: LayerNorm, x: Any) -> Any:
        return norm(x) if self._pre_norm else x

    def _after(self, norm: LayerNorm, x: Any, out: Any) -> Any:
        out = x + self.dropout(out)
        return out if self._pre_norm else norm(out)

    def _feed_forward(self, x: Any) -> Any:
        return self._after(self.ffn_norm, x, self.ffn(self._before(self.ffn_norm, x)))


class TransformerEncoderCell(_TransformerCell):
    """One layer of a Transformer's encoder: self-attention, and a net for each position (arXiv:1706.03762).

    Args:
        units: size of input and output; a multiple of ``num_heads``.
        hidden_size: size of the hidden layer of the net.
        num_heads: how many heads the attention has.
        dropout: the share of elements set to zero in training, of the outputs of both parts and in the net.
        attention_dropout: the same of attention weights.
        activation: name of the net's activation function.
        pre_norm: normalise the inputs of both parts (arXiv:2002.04745) instead of the sums of input and output; a stack
            of such cells should end with a LayerNorm.
        epsilon: of the normalisations.
        weight_initializer, bias_initializer: initializers.

    Inputs, by position: x (N, L, units); mask (N, L, L), not zero where a position may see another, or None;
    valid_length (N,), how many positions of each sample there are, or None. Outputs after these are not zero.

    Outputs: (N, L, units)

    >>> import mxnet as mx
    >>> cell = TransformerEncoderCell(8, hidden_size=16, num_heads=2)
    >>> cell.initialize()
    >>> cell.hybridize()
    >>> cell(mx.nd.ones((2, 5, 8)), None, mx.nd.array([5, 3])).shape
    (2, 5, 8)
    """

    def hybrid_forward(self, F: Any, x: Any, mask: Any = None, valid_length: Any = None) -> Any:
        seen = self._before(self.self_norm, x)
        x = self._after(self.self_norm, x, self.self_attention(seen, None, None, mask, valid_length))
        return self._feed_forward(x)


class TransformerDecoderCell(_TransformerCell):
    """One layer of a Transformer's decoder: attention to the positions before, to the encoder's output, and a net for
    each position (arXiv:1706.03762).

    Arguments are those of :class:`TransformerEncoderCell`.

    Inputs, by position: x (N, L, units); memory (N, Lm, units), the encoder's output; memory_mask (N, L, Lm), not zero
    where a position may see one of memory, or None; memory_valid_length (N,), how many positions of memory there are,
    or None.

    Outputs: (N, L, units)

    To decode one position at a time, :meth:`begin_state` and :meth:`step` keep the keys and values of earlier ones:

    >>> import mxnet as mx
    >>> cell = TransformerDecoderCell(8, hidden_size=16, num_heads=2)
    >>> cell.initialize()
    >>> memory, x = mx.nd.random.uniform(shape=(2, 5, 8)), mx.nd.random.uniform(shape=(2, 3, 8))
    >>> states = cell.begin_state(memory)
    >>> for i in range(3):
    ...     out, states = cell.step(x[:, i : i + 1], states)
    >>> abs(out - cell(x, memory)[:, 2:]).max().asscalar() < 1e-5
    True
    """

    _causal = True

    def __init__(
        self,
        units: int,
        hidden_size: int,
        num_heads: int,
        dropout: float = 0.0,
        attention_dropout: float = 0.0,
        activation: str = "relu",
        pre_norm: bool = False,
        epsilon: float = 1e-5,
        weight_initializer: Any = None,
        bias_initializer: Any = "zeros",
        prefix: str | None = None,
        params: Any = None,
    ) -> None:
        super().__init__(
            units,
            hidden_size,
            num_heads,
            dropout,
            attention_dropout,
            activation,
            pre_norm,
            epsilon,
            weight_initializer,
            bias_initializer,
            prefix,
            params,
        )
        with self.name_scope():
            self.memory_attention = self._attention("memory_", attention_dropout, False)
            self.memory_norm = LayerNorm(epsilon=epsilon, in_channels=units, prefix="memory_norm_")

    def hybrid_forward(
        self, F: Any, x: Any, memory: Any, memory_mask: Any = None, memory_valid_length: Any = None
    ) -> Any:
        x = self._after(self.self_norm, x, self.self_attention(self._before(self.self_norm, x)))
        asked = self._before(self.memory_norm, x)
        found = self.memory_attention(asked, memory, None, memory_mask, memory_valid_length)
        return self._feed_forward(self._after(self.memory_norm, x, found))

    def begin_state(self, memory: Any, memory_valid_length: Any = None) -> list[Any]:
        """The states to decode from: arrays whose first axis is the batch, so that a beam search reorders them by
        ``[s.take(order) for s in states]``.

        Args:
            memory: the encoder's output (N, Lm, units).
            memory_valid_length: (N,), how many positions of it there are; all if None.
        """
        keys, values = self.memory_attention.keys_and_values(memory)
        if memory_valid_length is None:
            memory_valid_length = nd.full((memory.shape[0],), memory.shape[1], ctx=memory.ctx)
        return [keys, values, memory_valid_length]

    def step(self, x: Any, states: list[Any]) -> tuple[Any, list[Any]]:
        """Decode the next position, or several.

        Args:
            x: (N, L, units), mostly with L = 1.
            states: what :meth:`begin_state` or the step before gave.

        Returns:
            The output (N, L, units), as the whole sequence would give it, and the states after it.
        """
        memory_keys, memory_values, memory_length, *before = states
        seen = self._before(self.self_norm, x)
        keys, values = self.self_attention.keys_and_values(seen)
        if before:
            keys, values = nd.concat(before[0], keys, dim=2), nd.concat(before[1], values, dim=2)
        x = self._after(self.self_norm, x, self.self_attention.attend(nd, seen, keys, values))
        asked = self._before(self.memory_norm, x)
        found = self.memory_attention.attend(nd, asked, memory_keys, memory_values, None, memory_length)
        out = self._feed_forward(self._after(self.memory_norm, x, found))
        return out, [memory_keys, memory_values, memory_length, keys, values]
