"""Trainings whose results are 1.9.1's: see record.py. The names are read as ``test_...[name]``."""

from __future__ import annotations

import logging
import os
import tempfile
import warnings

PROBES = {}
COUNT, BATCH = 16, 8


def probe(function):
    PROBES[function.__name__.replace("_", " ")] = function
    return function


def points(mx, np, batch=BATCH, **more):
    """Points and whether they are above a line."""
    x = np.sin(np.arange(COUNT * 3, dtype="float32") * 1.7).reshape(COUNT, 3)
    return mx.io.NDArrayIter(x, (x.sum(axis=1) > 0).astype("float32"), batch, **more)


def classifier(mx):
    x = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=4, name="fc1")
    x = mx.sym.BatchNorm(mx.sym.tanh(x), fix_gamma=False, momentum=0.5, name="bn")
    return mx.sym.SoftmaxOutput(mx.sym.FullyConnected(x, num_hidden=2, name="fc2"), name="softmax")


def begin(mx, np):
    """Parameters that are the same everywhere."""
    args, _, states = classifier(mx).infer_shape(data=(BATCH, 3))
    named = zip(classifier(mx).list_arguments(), args)  # noqa: B905  not before 3.10
    made = {n: mx.nd.array(np.cos(np.arange(np.prod(s))).reshape(s) * 0.5) for n, s in named}
    del made["data"], made["softmax_label"]
    return made, {"bn_moving_mean": mx.nd.zeros(states[0]), "bn_moving_var": mx.nd.ones(states[1])}


def ready(mx, np, optimizer="sgd", options=(("learning_rate", 0.1),), kvstore="local", bind=None, **more):
    """A module that is bound, with parameters and optimizer."""
    logging.disable(logging.WARNING)
    data = points(mx, np)
    module = mx.mod.Module(classifier(mx), **more)
    module.bind(data.provide_data, data.provide_label, **(bind or {}))
    module.set_params(*begin(mx, np))
    module.init_optimizer(kvstore=kvstore, optimizer=optimizer, optimizer_params=options)
    return module, data


def settle():
    """Let backward end: 1.9.1 does not know that it writes the running means, and reads old ones."""
    import mxnet

    mxnet.nd.waitall()


def train(mx, np, epochs=2, **more):
    module, data = ready(mx, np, **more)
    for _ in range(epochs):
        data.reset()
        for batch in data:
            module.forward_backward(batch)
            module.update()
            settle()
    return module, data


def parameters(module):
    settle()
    args, aux = module.get_params()
    return {**args, **aux}


def values(metric):
    return [(name, float(value)) for name, value in metric.get_name_value()]


@probe
def stochastic_gradient_descent(mx, np):
    return parameters(train(mx, np)[0])


@probe
def momentum_and_weight_decay(mx, np):
    options = {"learning_rate": 0.1, "momentum": 0.9, "wd": 0.01}
    return parameters(train(mx, np, options=options)[0])


@probe
def adam(mx, np):
    return parameters(train(mx, np, optimizer="adam", options={"learning_rate": 0.05})[0])


@probe
def a_schedule_of_learning_rates(mx, np):
    schedule = mx.lr_scheduler.FactorScheduler(2, 0.5)
    return parameters(train(mx, np, options={"learning_rate": 0.4, "lr_scheduler": schedule})[0])


@probe
def two_contexts(mx, np):
    return parameters(train(mx, np, context=[mx.cpu(0), mx.cpu(1)], options={"learning_rate": 0.1, "momentum": 0.9})[0])


@probe
def two_contexts_and_a_device_store(mx, np):
    return parameters(train(mx, np, context=[mx.cpu(0), mx.cpu(1)], kvstore="device")[0])


@probe
def no_store(mx, np):
    return parameters(train(mx, np, kvstore=None)[0])


@probe
def parameters_that_stay(mx, np):
    return parameters(train(mx, np, fixed_param_names=["fc1_bias", "bn_gamma"])[0])


@probe
def gradients_that_add_up(mx, np):
    module, data = ready(mx, np, bind={"grad_req": "add"})
    for batch in data:
        module.forward_backward(batch)
    module.update()
    settle()
    return parameters(module)


@probe
def gradients_of_the_inputs(mx, np):
    module, data = ready(mx, np, bind={"inputs_need_grad": True})
    module.forward_backward(data.next())
    return [module.get_input_grads(), module.get_outputs()]


@probe
def gradients_of_the_inputs_in_two_contexts(mx, np):
    module, data = ready(mx, np, bind={"inputs_need_grad": True}, context=[mx.cpu(0), mx.cpu(1)])
    module.forward_backward(data.next())
    return [module.get_input_grads(), module.get_input_grads(merge_multi_context=False), module.get_outputs(False)]


@probe
def fit_and_what_it_reports(mx, np):
    module = mx.mod.Module(classifier(mx))
    args, aux = begin(mx, np)
    seen = []
    module.fit(
        points(mx, np), points(mx, np), eval_metric=["acc", "ce"], num_epoch=2, arg_params=args, aux_params=aux,
        optimizer_params={"learning_rate": 0.2},
        batch_end_callback=lambda p: seen.append([p.epoch, p.nbatch, values(p.eval_metric)]),
        epoch_end_callback=lambda n, symbol, args, aux: seen.append([n, symbol.name, sorted(args), sorted(aux)]),
        eval_batch_end_callback=lambda p: seen.append([p.epoch, p.nbatch]),
        eval_end_callback=lambda p: seen.append([p.epoch, p.nbatch, values(p.eval_metric)]),
    )  # fmt: skip
    return [seen, parameters(module)]


@probe
def score(mx, np):
    module, data = ready(mx, np)
    found = [module.score(data, "acc"), module.score(data, ["acc", "ce"], num_batch=1)]
    module.score(data, mx.metric.create("acc"), reset=False)
    return [[(name, float(value)) for name, value in one] for one in found]


@probe
def predictions(mx, np):
    module, data = ready(mx, np)
    padded = points(mx, np, 5)
    return [
        module.predict(data), module.predict(data, num_batch=1), module.predict(data, merge_batches=False),
        module.predict(data, always_output_list=True), module.predict(padded).shape,
        module.predict(data.data[0][1][:5]).shape,
        [(o[0].shape, n, b.pad) for o, n, b in module.iter_predict(padded)],
    ]  # fmt: skip


@probe
def predictions_in_two_contexts(mx, np):
    module, data = ready(mx, np, context=[mx.cpu(0), mx.cpu(1)])
    return module.predict(data)


@probe
def uneven_work(mx, np):
    module, data = ready(mx, np, context=[mx.cpu(0), mx.cpu(1)], work_load_list=[1, 3])
    module.forward(data.next(), is_train=False)
    return [o.shape for o in module.get_outputs(merge_multi_context=False)[0]]


@probe
def descriptions(mx, np):
    module, _ = ready(mx, np)
    return [
        module.data_names, module.label_names, module.output_names, [tuple(d) for d in module.data_shapes],
        [tuple(d) for d in module.label_shapes], module.output_shapes, module.binded, module.params_initialized,
        module.optimizer_initialized, module.for_training, module.inputs_need_grad, module.symbol.name,
    ]  # fmt: skip


@probe
def reshaping(mx, np):
    module, _ = train(mx, np)
    module.reshape([("data", (3, 3))], [("softmax_label", (3,))])
    batch = mx.io.DataBatch([mx.nd.ones((3, 3))], [mx.nd.ones((3,))])
    module.forward_backward(batch)
    module.update()
    settle()
    return [module.get_outputs(), module.data_shapes[0].shape, parameters(module)]


@probe
def batches_of_another_size(mx, np):
    module, _ = ready(mx, np)
    shapes = []
    for size in (8, 2, 5, 8):
        module.forward(mx.io.DataBatch([mx.nd.ones((size, 3))], [mx.nd.ones((size,))]), is_train=True)
        module.backward()
        module.update()
        settle()
        shapes.append(module.get_outputs()[0].shape)
    return [shapes, parameters(module)]


@probe
def checkpoints_with_the_states_of_the_optimizer(mx, np):
    options = {"learning_rate": 0.1, "momentum": 0.9}
    module, data = train(mx, np, options=options)
    prefix = os.path.join(tempfile.mkdtemp(), "net")
    module.save_checkpoint(prefix, 2, save_optimizer_states=True)
    again = mx.mod.Module.load(prefix, 2, load_optimizer_states=True)
    again.bind(data.provide_data, data.provide_label)
    again.init_optimizer(optimizer_params=options)
    for one in (module, again):
        data.reset()
        for batch in data:
            one.forward_backward(batch)
            one.update()
            settle()
    return [sorted(os.listdir(os.path.dirname(prefix))), parameters(module), parameters(again)]


@probe
def a_module_of_a_shared_one(mx, np):
    module, data = train(mx, np)
    other = mx.mod.Module(classifier(mx))
    other.bind([("data", (2, 3))], [("softmax_label", (2,))], shared_module=module)
    other.forward_backward(mx.io.DataBatch([mx.nd.ones((2, 3))], [mx.nd.ones((2,))]))
    other.update()
    module.forward(data.data and points(mx, np).next(), is_train=False)
    return module.get_outputs()


@probe
def gradients_from_above(mx, np):
    module = mx.mod.Module(mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2, name="fc"), label_names=None)
    module.bind([("data", (2, 3))], inputs_need_grad=True)
    module.init_params(mx.init.One())
    module.forward(mx.io.DataBatch([mx.nd.ones((2, 3))], None), is_train=True)
    module.backward([mx.nd.array([[1, 2], [3, 4]])])
    return module.get_input_grads()


@probe
def a_batch_along_another_axis(mx, np):
    net = mx.sym.Activation(mx.sym.var("data"), act_type="relu", __layout__="TNC")
    module = mx.mod.Module(net, label_names=None, context=[mx.cpu(0), mx.cpu(1)])
    module.bind([mx.io.DataDesc("data", (3, 4, 2), layout="TNC")], inputs_need_grad=True)
    module.init_params()
    x = mx.nd.arange(24).reshape((3, 4, 2)) - 5
    module.forward(mx.io.DataBatch([x], None), is_train=True)
    module.backward([x * 2])
    parts = module.get_outputs(merge_multi_context=False)
    return [module.get_outputs(), [p.shape for p in parts[0]], module.get_input_grads()]


@probe
def initial_values(mx, np):
    module = mx.mod.Module(classifier(mx))
    module.bind([("data", (2, 3))], [("softmax_label", (2,))])
    module.init_params(mx.init.Constant(0.25), arg_params={"fc1_bias": mx.nd.ones((4,))}, allow_missing=True)
    found = parameters(module)
    module.init_params(mx.init.Zero())  # without force_init this is nothing
    return [found, module.get_params()[0]["fc1_weight"]]


def _warned(do):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        do()
    return [[w.category.__name__, str(w.message)[:60]] for w in seen if w.category is UserWarning]


@probe
def warnings_that_are_given(mx, np):
    module, _ = ready(mx, np)
    made = mx.optimizer.SGD()
    return [
        _warned(module.init_params),
        _warned(lambda: module.init_optimizer(optimizer=made, force_init=True)),
        [kind for kind, _ in _warned(lambda: mx.mod.Module(classifier(mx), label_names=["nothing"]))],
    ]


@probe
def labels_that_are_not_bound(mx, np):
    module = mx.mod.Module(classifier(mx), label_names=None)
    module.bind([("data", (4, 3))], for_training=False)
    return module.label_shapes


@probe
def variables_of_fit_that_callbacks_find(mx, np):
    module, seen = mx.mod.Module(classifier(mx)), []
    wanted = [
        "self",
        "begin_epoch",
        "num_epoch",
        "eval_data",
        "kvstore",
        "optimizer",
        "optimizer_params",
        "initializer",
    ]
    wanted += [
        "nbatch",
        "epoch",
        "data_batch",
        "data_iter",
        "eval_metric",
        "tic",
        "monitor",
        "arg_params",
        "aux_params",
    ]
    scored = ["self", "eval_data", "eval_batch", "nbatch", "eval_metric", "actual_num_batch"]
    module.fit(
        points(mx, np), points(mx, np), num_epoch=4, begin_epoch=3,
        batch_end_callback=lambda p: seen.append(
            [[n for n in wanted if n not in p.locals], p.locals["epoch"], p.locals["nbatch"], p.locals["num_epoch"]]
        ),
        eval_end_callback=lambda p: seen.append([[n for n in scored if n not in p.locals], p.nbatch]),
    )  # fmt: skip
    return [seen, sorted(seen and mx.model.BatchEndParam._fields)]


REFUSED = {
    "shares that are not as many as contexts": lambda mx, np: mx.mod.Module(
        classifier(mx), context=[mx.cpu(0), mx.cpu(1)], work_load_list=[1]
    ),
    "backward of what is not for training": lambda mx, np: ready(mx, np, bind={"for_training": False})[0].backward(),
    "gradients of inputs that were not asked for": lambda mx, np: ready(mx, np)[0].get_input_grads(),
    "gradients of inputs without training": lambda mx, np: ready(
        mx, np, bind={"for_training": False, "inputs_need_grad": True}
    ),
    "an optimizer that is not there to be borrowed": lambda mx, np: ready(mx, np)[0].borrow_optimizer(
        mx.mod.Module(classifier(mx))
    ),
    "a shared module that is not bound": lambda mx, np: mx.mod.Module(classifier(mx)).bind(
        [("data", (4, 3))], shared_module=mx.mod.Module(classifier(mx))
    ),
    "groups that are not as many as contexts": lambda mx, np: mx.mod.Module(
        classifier(mx), context=[mx.cpu(0), mx.cpu(1)], group2ctxs=[{"a": mx.cpu(1)}]
    ).bind([("data", (4, 3))], [("softmax_label", (4,))]),
    "epochs without a number": lambda mx, np: mx.mod.Module(classifier(mx)).fit(points(mx, np)),
    "a checkpoint without a number": lambda mx, np: mx.model.FeedForward(classifier(mx)).save("x"),
    "states in two ways": lambda mx, np: ready(mx, np)[0].set_states(),
    "an update without an optimizer": lambda mx, np: _bound(mx).update(),
    "a forward without parameters": lambda mx, np: _bound(mx).forward(mx.io.DataBatch([mx.nd.ones((4, 3))])),
    "an optimizer without parameters": lambda mx, np: _bound(mx).init_optimizer(),
    "parameters without shapes": lambda mx, np: mx.mod.Module(classifier(mx)).init_params(),
    "states of an optimizer that is not there": lambda mx, np: _bound(mx).save_optimizer_states("x"),
    "a score without parameters": lambda mx, np: _bound(mx).score(points(mx, np), "acc"),
    "a monitor without shapes": lambda mx, np: mx.mod.Module(classifier(mx)).install_monitor(mx.mon.Monitor(1)),
    "a bucket without shapes": lambda mx, np: mx.mod.BucketingModule(
        lambda key: (classifier(mx), ["data"], ["softmax_label"]), 4
    ).switch_bucket(2, [("data", (2, 3))]),
    "a chain with an option that is not known": lambda mx, np: mx.mod.SequentialModule().add(
        mx.mod.Module(classifier(mx)), nothing=True
    ),
    "a gradient that is no function": lambda mx, np: mx.mod.PythonLossModule(grad_func=3),
}


def _bound(mx):
    module = mx.mod.Module(classifier(mx))
    module.bind([("data", (4, 3))], [("softmax_label", (4,))])
    return module


PROBES.update({name: (lambda mx, np, do=do: repr(type(do(mx, np)))) for name, do in REFUSED.items()})
