"""Five training steps of a small network in each freeze mode, by PyTorch: writes freeze.json beside this script.

    /usr/bin/python3 tests/Fixtures/freeze/make.py        (Debian 12: python3-torch 1.13, python3-numpy)

The modes are built from functional.batch_norm with explicit statistics and from requires_grad; torch.nn's own layers
(eval(), requires_grad, track_running_stats) must then give the same bits, or the script fails. Expected numbers are
float32, as the code under test computes; the printed table compares them with float64, which bounds the tolerance a
test may honestly ask for, and shows how far each flipped switch moves the numbers, which is what a test must notice.
"""
import copy
import json
import os

import numpy
import torch
from torch.nn import functional

torch.manual_seed(0)
torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)

MOMENTUM, EPS = 0.1, 1e-5
STEPS, BATCH, CLASSES = 5, 8, 3

# learn: gamma and beta; batch: normalise by the mini-batch while training; update: move the statistics; rest: the
# backbone's other weights learn.
MODES = {
    "None":          dict(learn=True,  batch=True,  update=True,  rest=True),
    "Inference":     dict(learn=False, batch=False, update=False, rest=False),
    "Legacy":        dict(learn=False, batch=True,  update=False, rest=False),
    "Drifting":      dict(learn=False, batch=True,  update=True,  rest=False),
    "LiveBatchNorm": dict(learn=True,  batch=True,  update=True,  rest=False),
    "Statistics":    dict(learn=True,  batch=False, update=False, rest=True),
}

OPTIMIZERS = [
    dict(optimizer="SGD",   learningRate=0.05, momentum=0.0, nesterov=False, weightDecay=0.0),
    dict(optimizer="SGD",   learningRate=0.05, momentum=0.9, nesterov=False, weightDecay=0.0),
    dict(optimizer="SGD",   learningRate=0.05, momentum=0.9, nesterov=True,  weightDecay=0.01),
    dict(optimizer="Adam",  learningRate=0.01, momentum=0.0, nesterov=False, weightDecay=0.0),
    dict(optimizer="Adam",  learningRate=0.01, momentum=0.0, nesterov=False, weightDecay=0.01),
    dict(optimizer="AdamW", learningRate=0.01, momentum=0.0, nesterov=False, weightDecay=0.01),
]


def is_buffer(name):
    return "running" in name


def learns(name, mode):
    if name.startswith("logits"):
        return True
    return not is_buffer(name) and mode["learn" if name.startswith("bn") else "rest"]


def batch_norm(x, tensors, name, mode, training, update, estimator, momentum, eps):
    mean, variance = tensors[name + ".running_mean"], tensors[name + ".running_var"]
    weight, bias = tensors[name + ".weight"], tensors[name + ".bias"]
    if not (training and mode["batch"]):
        return functional.batch_norm(x, mean, variance, weight, bias, False, 0.0, eps)
    if not (update and mode["update"]):
        return functional.batch_norm(x, None, None, weight, bias, True, 0.0, eps)
    if estimator == "unbiased":
        return functional.batch_norm(x, mean, variance, weight, bias, True, momentum, eps)
    with torch.no_grad():
        mean += momentum * (x.mean((0, 2, 3)) - mean)
        variance += momentum * (x.var((0, 2, 3), unbiased=False) - variance)
    return functional.batch_norm(x, None, None, weight, bias, True, 0.0, eps)


def forward(x, t, mode, training, update, estimator="unbiased", momentum=MOMENTUM, eps=EPS):
    how = (mode, training, update, estimator, momentum, eps)
    x = functional.conv2d(x, t["conv1.weight"], padding=1)
    x = functional.relu(batch_norm(x, t, "bn1", *how))
    x = functional.conv2d(x, t["conv2.weight"], stride=2, padding=1)
    x = functional.relu(batch_norm(x, t, "bn2", *how))
    return functional.linear(x.mean((2, 3)), t["logits.weight"], t["logits.bias"])


def loss_of(logits, labels):
    if logits.shape[1] == 1:
        return functional.binary_cross_entropy_with_logits(logits[:, 0], labels.to(logits.dtype))
    return functional.cross_entropy(logits, labels)


def make_optimizer(parameters, o):
    lr, decay = o["learningRate"], o["weightDecay"]
    if o["optimizer"] == "SGD":
        return torch.optim.SGD(parameters, lr, o["momentum"], nesterov=o["nesterov"], weight_decay=decay)
    return getattr(torch.optim, o["optimizer"])(parameters, lr, weight_decay=decay)


def train(data, initial, mode, o, dtype=torch.float32, **flips):
    """Returns the losses, the tensors after the last step, and the evaluation batch's logits in both phases."""
    t = {name: value.to(dtype).clone().requires_grad_(learns(name, mode)) for name, value in initial.items()}
    optimizer = make_optimizer([value for value in t.values() if value.requires_grad], o)
    losses = []
    for x, y in zip(data["batches"], data["labels"]):
        optimizer.zero_grad()
        loss = loss_of(forward(x.to(dtype), t, mode, True, True, **flips), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    t = {name: value.detach() for name, value in t.items()}
    x = data["evaluation"].to(dtype)
    return losses, t, forward(x, t, mode, False, False, **flips), forward(x, t, mode, True, False, **flips)


class Network(torch.nn.Module):
    """The same network and modes as users of torch.nn write them."""

    def __init__(self, initial, mode):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(3, 4, 3, padding=1, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(4)
        self.conv2 = torch.nn.Conv2d(4, 6, 3, stride=2, padding=1, bias=False)
        self.bn2 = torch.nn.BatchNorm2d(6)
        self.logits = torch.nn.Linear(6, CLASSES)
        self.load_state_dict(initial, strict=False)
        self.train()
        for bn in (self.bn1, self.bn2):
            bn.train(mode["batch"])
            bn.track_running_stats = mode["update"] or not mode["batch"]
        for name, parameter in self.named_parameters():
            parameter.requires_grad_(learns(name, mode))

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        x = torch.relu(self.bn2(self.conv2(x)))
        return self.logits(x.mean((2, 3)))


def check_with_modules(data, initial, mode, o, losses, final):
    network = Network(initial, mode)
    optimizer = make_optimizer([p for p in network.parameters() if p.requires_grad], o)
    for x, y, expected in zip(data["batches"], data["labels"], losses):
        optimizer.zero_grad()
        loss = loss_of(network(x), y)
        loss.backward()
        optimizer.step()
        assert loss.item() == expected
    state = network.state_dict()
    assert all(torch.equal(state[name], final[name]) for name in final)


def make_data():
    # Rounded, so that the file stays short: float32's shortest decimal form is then a few digits.
    random = numpy.random.RandomState(20240607)

    def tensor(values, digits=4):
        return torch.from_numpy(numpy.round(values, digits).astype(numpy.float32))

    def bn(n):
        return dict(weight=tensor(random.uniform(0.6, 1.4, n)), bias=tensor(random.normal(0, 0.2, n)),
                    running_mean=tensor(random.normal(0, 0.5, n)), running_var=tensor(random.uniform(0.5, 2, n)))

    initial = {"conv1.weight": tensor(random.normal(0, 27 ** -0.5, (4, 3, 3, 3)))}
    initial.update({"bn1." + key: value for key, value in bn(4).items()})
    initial["conv2.weight"] = tensor(random.normal(0, 18 ** -0.5, (6, 4, 3, 3)))
    initial.update({"bn2." + key: value for key, value in bn(6).items()})
    initial["logits.weight"] = tensor(random.normal(0, 0.8, (CLASSES, 6)))
    initial["logits.bias"] = tensor(random.normal(0, 0.2, CLASSES))

    # Each class has its own offset per colour, so that there is something to learn.
    offsets = random.normal(0, 0.7, (CLASSES, 3, 1, 1))
    labels = random.randint(0, CLASSES, (STEPS + 1, BATCH))
    images = tensor(offsets[labels] + random.normal(0, 1, (STEPS + 1, BATCH, 3, 8, 8)) + 0.3, 3)
    labels = torch.from_numpy(labels)
    return initial, dict(batches=list(images[:STEPS]), labels=list(labels[:STEPS]),
                         evaluation=images[STEPS], evaluationLabels=labels[STEPS])


def flat(tensor):
    """Shortest decimals that give the same float32 back (at most 9 significant digits)."""
    if tensor.dtype == torch.int64:
        return tensor.flatten().tolist()
    return [float(str(value)) for value in tensor.detach().flatten().to(torch.float32).numpy()]


def shaped(tensor):
    return dict(shape=list(tensor.shape), data=flat(tensor))


def number(value):
    return float(str(numpy.float32(value)))


def distance(a, b):
    """The largest difference within a tensor relative to that tensor's largest value, over all tensors."""
    return max(((a[n].double() - b[n].double()).abs().max() / b[n].double().abs().max()).item() for n in b)


def result_tensors(result):
    losses, final, inference, training = result
    return dict(final, losses=torch.tensor(losses), inferenceLogits=inference, trainingLogits=training)


def make_cases(data, initial):
    cases = []
    print("relative to each tensor's largest value; '-' is a flip that cannot show in that case")
    print(f"{'mode':14}{'optimizer':22}{'f32 vs f64':>11}{'learning':>10}{'biased':>10}{'mom. 0.2':>10}{'eps 1e-3':>10}"
          f"{'decay x2':>10}")
    for mode_name, mode in MODES.items():
        for o in OPTIMIZERS:
            result = train(data, initial, mode, o)
            losses, final, inference, training = result
            if o["optimizer"] == "SGD":
                check_with_modules(data, initial, mode, o, losses, final)
            for name in final:
                frozen = not mode["update"] if is_buffer(name) else not learns(name, mode)
                assert torch.equal(final[name], initial[name]) == frozen, name
            cases.append(dict(mode=mode_name, **o, losses=[number(v) for v in losses],
                              final={name: flat(value) for name, value in final.items()},
                              inferenceLogits=flat(inference), trainingLogits=flat(training)))

            exact = train(data, initial, mode, o, torch.float64)
            here = result_tensors(result)
            learning = {name: exact[1][name] for name in exact[1] if learns(name, mode)}
            flips = [dict(estimator="biased"), dict(momentum=0.2), dict(eps=1e-3)]
            moved = [distance(result_tensors(train(data, initial, mode, o, **flip)), here) for flip in flips]
            doubled = dict(o, weightDecay=2 * o["weightDecay"])
            moved.append(distance(result_tensors(train(data, initial, mode, doubled)), here))
            title = o["optimizer"] + ("" if not o["momentum"] else " 0.9") + (" Nesterov" if o["nesterov"] else "") \
                + (" decay" if o["weightDecay"] else "")
            print(f"{mode_name:14}{title:22}{distance(here, result_tensors(exact)):11.1e}"
                  f"{distance(final, learning):10.1e}" + "".join(f"{m:10.1e}" if m else f"{'-':>10}" for m in moved))
    return cases


def make_binary(data, initial):
    """One logit, loss: the mean of binary cross entropy with logits, label 1 where the class is 1."""
    random = numpy.random.RandomState(5)
    head = {"logits.weight": torch.from_numpy(random.normal(0, 0.8, (1, 6)).round(4).astype(numpy.float32)),
            "logits.bias": torch.tensor([0.1])}
    labels = [(y == 1).long() for y in data["labels"]]
    o = OPTIMIZERS[0]
    losses, final, inference, training = train(dict(data, labels=labels), dict(initial, **head), MODES["Inference"], o)
    return dict(mode="Inference", **o, initial={name: shaped(value) for name, value in head.items()},
                labels=[flat(y) for y in labels], losses=[number(v) for v in losses],
                final={name: flat(final[name]) for name in head},
                inferenceLogits=flat(inference), trainingLogits=flat(training))


def make_regressions(data, initial):
    x, y = data["evaluation"], data["evaluationLabels"]

    # Everything frozen, one and the same batch, and yet two losses and two accuracies.
    frozen = {}
    for mode in ("Legacy", "Inference"):
        frozen[mode] = {}
        for phase, training in (("training", True), ("inference", False)):
            logits = forward(x, initial, MODES[mode], training, True)
            frozen[mode][phase] = dict(loss=number(loss_of(logits, y).item()), logits=flat(logits),
                                       accuracy=(logits.argmax(1) == y).float().mean().item())

    # requires_grad is false everywhere and no optimiser exists: three forward passes move the statistics all the same.
    network = Network(copy.deepcopy(initial), MODES["Drifting"])
    network.requires_grad_(False)
    with torch.no_grad():
        for batch in data["batches"][:3]:
            network(batch)
    state = network.state_dict()
    drifted = {name: flat(state[name]) for name in initial if is_buffer(name)}
    assert all(torch.equal(state[name], initial[name]) for name in initial if not is_buffer(name))
    return dict(everythingFrozen=frozen, frozenYetDrifting=dict(batches=3, buffers=drifted))


def make_estimators():
    """Moving statistics after one update, by hand in float64. Two batches: 36 values per channel, and 4."""
    random = numpy.random.RandomState(11)
    eps, results = 1e-3, []
    for shape in ((4, 2, 3, 3), (2, 2, 1, 2)):
        x = numpy.round(random.normal(0.5, 1.5, shape), 3).astype(numpy.float32)
        mean = numpy.array([0.25, -0.5])
        variance = numpy.array([0.75, 1.5])
        values = x.astype(numpy.float64).transpose(1, 0, 2, 3).reshape(2, -1)
        n = values.shape[1]
        batch_mean = values.sum(1) / n
        biased = ((values - batch_mean[:, None]) ** 2).sum(1) / n
        factors = {
            "Unbiased": n / (n - 1),                               # PyTorch, tf.keras 1 and 2 with the fused kernel
            "Biased": 1.0,                                         # Keras 3, TensorFlow.js
            "KerasPlain": n / (n - (1 + eps)),                     # standalone Keras 2.1 to 2.3, plain path
            "KerasFused": n / (n - (1 + eps)) * n / (n - 1),       # the same through TensorFlow's fused 4-D kernel
        }
        # Keras' momentum. At 0 the moving statistics are the batch's, which tells even KerasPlain from Unbiased in
        # float32; at 0.99 the difference is hardly more than its resolution.
        for momentum in (0.99, 0.0):
            m = 1 - momentum
            results.append(dict(
                n=n, epsilon=eps, kerasMomentum=momentum, batch=shaped(torch.from_numpy(x)),
                initial={"running_mean": mean.tolist(), "running_var": variance.tolist()},
                running_mean=(mean * momentum + batch_mean * m).tolist(),
                running_var={key: (variance * momentum + biased * f * m).tolist() for key, f in factors.items()}))
            torch_mean, torch_variance = torch.tensor(mean), torch.tensor(variance)
            functional.batch_norm(torch.from_numpy(x).double(), torch_mean, torch_variance, None, None, True, m, eps)
            assert numpy.allclose(torch_mean, results[-1]["running_mean"], 1e-12)
            assert numpy.allclose(torch_variance, results[-1]["running_var"]["Unbiased"], 1e-12)
    return results


def dump(document, path, depth=3):
    """JSON with one line per leaf: readable diffs without a line per number."""
    def write(value, level):
        if level == depth or not isinstance(value, (dict, list)) or not value:
            return json.dumps(value, separators=(",", ":"))
        pad = " " * (level + 1)
        if isinstance(value, dict):
            lines = [f"{pad}{json.dumps(key)}: {write(item, level + 1)}" for key, item in value.items()]
            return "{\n" + ",\n".join(lines) + "\n" + pad[1:] + "}"
        return "[\n" + ",\n".join(pad + write(item, level + 1) for item in value) + "\n" + pad[1:] + "]"

    with open(path, "w", newline="\n") as file:
        file.write(write(document, 0) + "\n")


def main():
    initial, data = make_data()
    document = dict(
        network=dict(torchMomentum=MOMENTUM, epsilon=EPS, varianceEstimator="Unbiased", classes=CLASSES,
                     input=[BATCH, 3, 8, 8], adamBetas=[0.9, 0.999], adamEpsilon=1e-8,
                     layers="conv1 (3 to 4, 3x3, padding 1), bn1, relu, conv2 (4 to 6, 3x3, stride 2, padding 1), bn2, "
                            "relu, global average, logits (6 to 3)"),
        initial={name: shaped(value) for name, value in initial.items()},
        batches=[shaped(x) for x in data["batches"]], labels=[flat(y) for y in data["labels"]],
        evaluation=shaped(data["evaluation"]), evaluationLabels=flat(data["evaluationLabels"]),
        cases=make_cases(data, initial), binary=make_binary(data, initial),
        regressions=make_regressions(data, initial), estimators=make_estimators())
    dump(document, os.path.join(os.path.dirname(os.path.abspath(__file__)), "freeze.json"))


if __name__ == "__main__":
    main()
