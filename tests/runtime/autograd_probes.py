"""What autograd is asked: functions of the package and NumPy, so that 1.9.1 can answer them first."""

from __future__ import annotations


def leaf(mx, values, req="write"):
    x = mx.nd.array(values)
    x.attach_grad(req)
    return x


def square(mx, np):
    x = leaf(mx, [1, 2, 3])
    with mx.autograd.record():
        y = (x * x).sum()
    y.backward()
    return y, x.grad


def head_gradient(mx, np):
    x = leaf(mx, [1, 2, 3])
    with mx.autograd.record():
        y = x * x
    y.backward(mx.nd.array([1, 10, 100]))
    return x.grad


def add_request(mx, np):
    x = leaf(mx, [1, 2], "add")
    for _ in range(3):
        with mx.autograd.record():
            y = x * 2
        y.backward()
    return x.grad


def null_request(mx, np):
    x, w = leaf(mx, [1, 2], "null"), leaf(mx, [3, 4])
    with mx.autograd.record():
        y = x * w
    y.backward()
    return w.grad


def write_request_overwrites(mx, np):
    x = leaf(mx, [1, 2])
    for factor in (2, 5):
        with mx.autograd.record():
            y = x * factor
        y.backward()
    return x.grad


def twice_without_retaining(mx, np):
    x = leaf(mx, [1, 2])
    with mx.autograd.record():
        y = x * x
    y.backward()
    y.backward()


def twice_with_retaining(mx, np):
    x = leaf(mx, [1, 2], "add")
    with mx.autograd.record():
        y = x * x
    y.backward(retain_graph=True)
    y.backward()
    return x.grad


def not_recorded(mx, np):
    x = leaf(mx, [1, 2])
    y = x * x
    y.backward()


def several_heads(mx, np):
    x = leaf(mx, [1, 2])
    with mx.autograd.record():
        y, z = x * 2, x * x
    mx.autograd.backward([y, z], [mx.nd.array([1, 1]), mx.nd.array([10, 10])])
    return x.grad


def marked(mx, np):
    x, g = mx.nd.array([1, 2]), mx.nd.zeros((2,))
    mx.autograd.mark_variables([x], [g], "add")
    for _ in range(2):
        with mx.autograd.record():
            y = x * 3
        y.backward()
    return g


def marked_with_gradients_to_spare(mx, np):
    x, y, gradients = mx.nd.array([1, 2]), mx.nd.array([3, 4]), [mx.nd.zeros((2,)) for _ in range(4)]
    mx.autograd.mark_variables([x, y], gradients)
    mx.autograd.mark_variables([x, y], gradients, ["write"] * 3)
    with mx.autograd.record():
        z = (x * y * y).sum()
    z.backward()
    return gradients


def second_order(mx, np):
    x = leaf(mx, [1, 2, -1])
    with mx.autograd.record():
        first = mx.autograd.grad(mx.nd.sin(x), x, create_graph=True, retain_graph=True)[0]
    first.backward()
    return first, x.grad


def second_order_of_a_line(mx, np):
    x = leaf(mx, [1, 2, -1])
    with mx.autograd.record():
        first = mx.autograd.grad(mx.nd.radians(x), x, create_graph=True, retain_graph=True)[0]
        second = mx.autograd.grad(first, x, create_graph=True, retain_graph=True)[0]
    second.backward()
    return first, second, x.grad


def grad_of_two(mx, np):
    x, w = leaf(mx, [1, 2]), leaf(mx, [3, 4])
    with mx.autograd.record():
        y = x * x * w
    return mx.autograd.grad(y, [x, w], head_grads=[mx.nd.array([1, 2])])


def grad_of_unreached(mx, np):
    x, w = leaf(mx, [1, 2]), leaf(mx, [3, 4])
    with mx.autograd.record():
        y = x * x
    return mx.autograd.grad(y, [w])


def modes(mx, np):
    seen = [(mx.autograd.is_recording(), mx.autograd.is_training())]
    with mx.autograd.record():
        seen.append((mx.autograd.is_recording(), mx.autograd.is_training()))
        with mx.autograd.pause():
            seen.append((mx.autograd.is_recording(), mx.autograd.is_training()))
            with mx.autograd.train_mode():
                seen.append((mx.autograd.is_recording(), mx.autograd.is_training()))
        with mx.autograd.predict_mode():
            seen.append((mx.autograd.is_recording(), mx.autograd.is_training()))
    with mx.autograd.record(train_mode=False):
        seen.append((mx.autograd.is_recording(), mx.autograd.is_training()))
    return seen


def paused_part_is_constant(mx, np):
    x = leaf(mx, [1, 2])
    with mx.autograd.record():
        y = x * 2
        with mx.autograd.pause():
            z = y * y
        out = y * z
    out.backward()
    return x.grad


def detached(mx, np):
    x = leaf(mx, [1, 2])
    with mx.autograd.record():
        y = x * x
        out = y.detach() * x + mx.nd.BlockGrad(y)
    out.backward()
    return x.grad


def attached_inside(mx, np):
    x = leaf(mx, [1, 2])
    with mx.autograd.record():
        y = x * 3
        y.attach_grad()
        z = y * y
    z.backward()
    return y.grad, x.grad


def in_place_on_recorded(mx, np):
    x = leaf(mx, [1, 2])
    with mx.autograd.record():
        y = x * x
        y += 1
    y.backward()
    return x.grad


def assigned_part_while_recording(mx, np):
    x = leaf(mx, [1, 2])
    with mx.autograd.record():
        y = x * x
        y[0] = 5
    y.backward()
    return x.grad


def indexed(mx, np):
    x = leaf(mx, [[1, 2, 3], [4, 5, 6]])
    with mx.autograd.record():
        y = (x[1] * x[0, 1:].sum() + x[:, mx.nd.array([0, 2, 0])].sum()).sum()
    y.backward()
    return y, x.grad


def through_shapes_and_copies(mx, np):
    x = leaf(mx, [[1, 2], [3, 4]])
    with mx.autograd.record():
        y = (x.reshape((-1,)).copy().astype("float64").as_in_context(mx.cpu(0)).reshape((2, 2)).T ** 2).sum()
    y.backward()
    return x.grad


def value_changes_after_recording(mx, np):
    x = leaf(mx, [1, 2])
    with mx.autograd.record():
        first = x * x
    x[:] = 7 * (first.shape[0] > 0)
    with mx.autograd.record():
        z = x * 2
    z.backward()
    return x.grad


def function(mx, np):
    class Sigmoid(mx.autograd.Function):
        def forward(self, x):
            y = 1 / (1 + mx.nd.exp(-x))
            self.save_for_backward(y)
            return y

        def backward(self, dy):
            (y,) = self.saved_tensors
            return dy * y * (1 - y)

    x = leaf(mx, [0, 1, -1])
    with mx.autograd.record():
        y = Sigmoid()(x) * 2
    y.backward()
    return y, x.grad


def function_of_two(mx, np):
    class Swap(mx.autograd.Function):
        def forward(self, a, b):
            return b * 2, a * 3

        def backward(self, db, da):
            return da * 3, db * 2

    a, b = leaf(mx, [1, 2]), leaf(mx, [3, 4])
    with mx.autograd.record():
        c, d = Swap()(a, b)
        out = c * d
    out.backward()
    return out, a.grad, b.grad


def function_of_whole_numbers(mx, np):
    class Twice(mx.autograd.Function):
        def forward(self, a, b):
            return a * 2, b * 2

        def backward(self, da, db):
            types.append([np.dtype(d.dtype).name for d in (da, db)])
            return da * 3, db * 5

    found, types = [], []
    for dtype in ("int32", "int8", "uint8", "int64"):
        a, b = mx.nd.array([1, 2], dtype=dtype), leaf(mx, [1.5, 3])
        a.attach_grad()
        with mx.autograd.record():
            c, d = Twice()(a, b)
            out = (c.astype("float32") * 1.7 * d).sum()
        out.backward()
        found += [c, d, a.grad, b.grad]
    return found, types


def in_training_mode(mx, np):
    x = leaf(mx, np.ones((200,), "float32"))
    with mx.autograd.record(train_mode=False):
        kept = mx.nd.Dropout(x, p=0.5).sum().asscalar()
    with mx.autograd.record():
        dropped = mx.nd.Dropout(x, p=0.5)
    return kept, bool((dropped == 0).sum().asscalar() > 0)


def gradient_has_the_type_of_the_array(mx, np):
    x = mx.nd.array([1, 2], dtype="float16")
    x.attach_grad()
    with mx.autograd.record():
        y = x.astype("float32") * 3
    y.backward()
    return x.grad


def grad_of_one_that_is_no_variable(mx, np):
    x = mx.nd.array([1, 2])
    with mx.autograd.record():
        y = x * x
    return mx.autograd.grad(y, x)


def copies_of_arrays(mx, np):
    found = []
    for copied in (
        lambda y: mx.nd.array(y),
        lambda y: mx.nd.array(y, mx.cpu(1)).as_in_context(mx.cpu()),
        lambda y: mx.nd.array(y, dtype="float64").astype("float32"),
        lambda y: mx.nd.array(y, dtype="int32").astype("float32"),
        lambda y: mx.np.array(y.as_np_ndarray()).as_nd_ndarray(),
    ):
        x = leaf(mx, [1, 2, 3])
        with mx.autograd.record():
            z = copied(x * 2) * x
        z.backward()
        found.append(x.grad)
    return found


def one_gradient_for_heads_in_a_list(mx, np):
    x = leaf(mx, [1, 2, 3])
    with mx.autograd.record():
        y = x * x
    mx.autograd.backward([y], mx.nd.array([1, 10, 100]))
    return x.grad


def requests_that_are_unknown(mx, np):
    mx.nd.ones((2,)).attach_grad("twice")


def no_gradient_asked_for(mx, np):
    x = mx.nd.ones((2,))
    return x.grad, leaf(mx, [1, 2]).grad


PROBES = {
    f.__name__.replace("_", " "): f
    for f in list(globals().values())
    if callable(f) and getattr(f, "__module__", None) == __name__ and f is not leaf
}
