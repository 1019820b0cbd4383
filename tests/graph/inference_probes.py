"""Inference of shapes and dtypes whose answers are 1.9.1's: see record.py."""

from __future__ import annotations

from tests.graph.graph_kit import collector, mlp

PROBES, each = collector()


def conv(mx):
    return mx.sym.Convolution(mx.sym.var("data"), num_filter=4, kernel=(3, 3), name="c")


each(
    {
        "a net": lambda mx, np: mlp(mx).infer_shape(data=(2, 5)),
        "a net of which nothing is known": lambda mx, np: mlp(mx).infer_shape(),
        "a batch of open size, partially": lambda mx, np: mlp(mx).infer_shape_partial(data=(0, 5)),
        "a batch of open size": lambda mx, np: mlp(mx).infer_shape(data=(0, 5)),
        "convolution, batch and picture open": lambda mx, np: conv(mx).infer_shape_partial(data=(0, 3, 0, 0)),
        "convolution, height open": lambda mx, np: conv(mx).infer_shape_partial(data=(2, 3, 0, 8)),
        "convolution, batch open": lambda mx, np: conv(mx).infer_shape_partial(data=(0, 3, 8, 8)),
        "a weight does not say all of the data": lambda mx, np: mx.sym.FullyConnected(
            mx.sym.var("data"), num_hidden=3, name="f"
        ).infer_shape(f_weight=(3, 5)),
        **{
            f"{given} where the variable says {said}": lambda mx, np, given=given, said=said: mx.sym.FullyConnected(
                mx.sym.var("x", shape=said), num_hidden=1
            ).infer_shape_partial(x=given)
            for said, given in (
                ((3, 4), (0, 4)),
                ((3, 4), (2, 5)),
                ((3, 4), (0, 0)),
                ((0, 4), (3, 0)),
                ((0, 4), (3, 5)),
                ((3, 4), ()),
            )
        },
        "addition": lambda mx, np: (mx.sym.var("a") + mx.sym.var("b")).infer_shape(a=(2, 3)),
        "addition of shapes that complete each other": lambda mx, np: (mx.sym.var("a") + mx.sym.var("b")).infer_shape(
            a=(2, 0), b=(0, 3)
        ),
        "from the output to the input": lambda mx, np: (mx.sym.relu(mx.sym.var("a")) + mx.sym.var("b")).infer_shape(
            b=(2, 3)
        ),
        "from the output to the input of a chain": lambda mx, np: (
            mx.sym.tanh(mx.sym.relu(mx.sym.var("a"))) * 2 + mx.sym.var("b")
        ).infer_shape(b=(2, 3)),
        "pieces, batch open": lambda mx, np: mx.sym.SliceChannel(
            mx.sym.var("a"), num_outputs=3, axis=1
        ).infer_shape_partial(a=(0, 6)),
        "transposition, batch open": lambda mx, np: mx.sym.transpose(mx.sym.var("a"), axes=(1, 0)).infer_shape_partial(
            a=(0, 6)
        ),
        "pooling, batch open": lambda mx, np: mx.sym.Pooling(
            mx.sym.var("a"), kernel=(2, 2), stride=(2, 2), pool_type="max"
        ).infer_shape_partial(a=(0, 3, 8, 8)),
        "batch norm, all but channels open": lambda mx, np: mx.sym.BatchNorm(
            mx.sym.var("a"), name="bn"
        ).infer_shape_partial(a=(0, 3, 0, 0)),
        "a product, rows open": lambda mx, np: mx.sym.dot(mx.sym.var("a"), mx.sym.var("b")).infer_shape_partial(
            a=(0, 3), b=(3, 5)
        ),
        "a loss, batch open": lambda mx, np: mx.sym.SoftmaxOutput(mx.sym.var("a"), name="s").infer_shape_partial(
            a=(0, 3)
        ),
        "embedding, batch open": lambda mx, np: mx.sym.Embedding(
            mx.sym.var("a"), input_dim=10, output_dim=4, name="e"
        ).infer_shape_partial(a=(0, 3)),
        "the shape of a variable": lambda mx, np: (mx.sym.var("a", shape=(2, 3)) + mx.sym.var("b")).infer_shape(),
        "dtypes: ": lambda mx, np: mlp(mx).infer_type(data="float16"),
        "dtypes: none": lambda mx, np: mlp(mx).infer_type(),
        "dtypes: partial none": lambda mx, np: mlp(mx).infer_type_partial(),
        "dtypes: cast": lambda mx, np: mx.sym.Cast(mx.sym.var("a"), dtype="int8").infer_type(a="float32"),
        "dtypes: cast partial": lambda mx, np: mx.sym.Cast(mx.sym.var("a"), dtype="int8").infer_type_partial(),
        "dtypes: cast full": lambda mx, np: mx.sym.Cast(mx.sym.var("a"), dtype="int8").infer_type(),
        "dtypes: emb": lambda mx, np: mx.sym.Embedding(
            mx.sym.var("a"), input_dim=10, output_dim=4, name="e"
        ).infer_type(a="int32"),
        "dtypes: bn16": lambda mx, np: mx.sym.BatchNorm(mx.sym.var("a"), name="bn").infer_type(a="float16"),
        "dtypes: var dtype": lambda mx, np: (mx.sym.var("a", dtype="float64") + mx.sym.var("b")).infer_type(),
        "dtypes: argmax": lambda mx, np: mx.sym.argmax(mx.sym.var("a"), axis=0).infer_type(a="float16"),
        "dtypes: argsort": lambda mx, np: mx.sym.argsort(mx.sym.var("a"), axis=0).infer_type(a="float16"),
        "dtypes: topk": lambda mx, np: mx.sym.topk(mx.sym.var("a"), ret_typ="both").infer_type(a="float16"),
        "dtypes: shape_array": lambda mx, np: mx.sym.shape_array(mx.sym.var("a")).infer_type(a="float16"),
        "dtypes: one_hot": lambda mx, np: mx.sym.one_hot(mx.sym.var("a"), depth=3).infer_type(a="int32"),
        "dtypes: where": lambda mx, np: mx.sym.where(mx.sym.var("c"), mx.sym.var("a"), mx.sym.var("b")).infer_type(
            c="int32", a="float16"
        ),
        "dtypes: take": lambda mx, np: mx.sym.take(mx.sym.var("a"), mx.sym.var("i")).infer_type(a="float16", i="int32"),
        "dtypes: ones": lambda mx, np: (mx.sym.ones((2,), dtype="float64") + mx.sym.var("a")).infer_type(),
        "dtypes: greater": lambda mx, np: (mx.sym.var("a") > mx.sym.var("b")).infer_type(a="int32"),
        "dtypes: softmaxout": lambda mx, np: mx.sym.SoftmaxOutput(mx.sym.var("a"), name="s").infer_type(a="float16"),
        "dtypes: quant cast chain": lambda mx, np: (
            mx.sym.Cast(mx.sym.var("a"), dtype="float16") + mx.sym.var("b")
        ).infer_type(a="float32"),
        "dtypes: rnn": lambda mx, np: mx.sym.RNN(
            mx.sym.var("x"), mx.sym.var("p"), mx.sym.var("h"), state_size=3, num_layers=1, mode="gru"
        ).infer_type(x="float16"),
        "dtypes: ln": lambda mx, np: mx.sym.LayerNorm(mx.sym.var("x"), name="l").infer_type(x="float16"),
        "a recurrent layer": lambda mx, np: mx.sym.RNN(
            mx.sym.var("x"),
            mx.sym.var("p"),
            mx.sym.var("h"),
            mx.sym.var("c"),
            state_size=3,
            num_layers=2,
            mode="lstm",
            state_outputs=True,
        ).infer_shape(x=(5, 2, 4)),
        "dtypes: casts of mixed precision": lambda mx, np: [
            mx.sym.amp_multicast(mx.sym.var("x"), mx.sym.var("y"), num_outputs=2).infer_type(x="float16", y="float32"),
            mx.sym.amp_cast(mx.sym.var("x"), dtype="float16").infer_type(x="int32"),
            mx.sym.amp_cast(mx.sym.var("x"), dtype="float16").infer_type(x="float32"),
        ],
    }
)
