"""The training phase of Keras' InceptionV3 and InceptionResNetV2, which TensorFlow.js can't run without gamma: adds the case
to keras-inceptionv3.json and keras-inceptionresnetv2.json.

    /usr/bin/python3 tests/Fixtures/backbones/make_keras_inception.py        (after make_tfjs.mjs)

The networks are built here once more from the papers' figures and Keras' published description, and must first give the
features that TensorFlow.js gave for the inference phase, within 1e-6 of the largest. Printed besides: how far flipped
details move the features of the first case.
"""
import base64
import json
import os
import sys

import numpy
import torch
from torch import nn
from torch.nn import functional

sys.dont_write_bytecode = True
import seeded  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
TRAINING = ("training", (8, 3, 111, 111))  # the last map is 2x2: a batch's statistics of 32 values


class NormWithoutGamma(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x):
        # Nothing moves: the next pass through the network starts from the same statistics.
        moving = (None, None) if self.training else (self.running_mean, self.running_var)
        return functional.batch_norm(x, *moving, None, self.bias, self.training, 0, EPS)


EPS = 1e-3
COUNTS_PADDING = False


class Keras(nn.Module):
    """Makes its layers in the order of the first forward pass, and numbers those that Keras doesn't name."""

    def module(self, name, make):
        if name not in self._modules:
            self.add_module(name, make().train(self.training))
        return self._modules[name]

    def number(self):
        self.made += 1
        return f"_{self.made - 1}" if self.made > 1 else ""

    def conv(self, name, x, channels, size, stride, same, bias=False):
        rows, columns = size if isinstance(size, tuple) else (size, size)
        padding = (rows // 2, columns // 2) if same else 0
        return self.module(name, lambda: nn.Conv2d(x.shape[1], channels, (rows, columns), stride, padding, bias=bias))(x)

    def unit(self, x, channels, size, stride=1, same=True, names=None):
        number = "" if names else self.number()
        conv, norm = names or ("conv2d" + number, "batch_normalization" + number)
        x = self.conv(conv, x, channels, size, stride, same)
        return functional.relu(self.module(norm, lambda: NormWithoutGamma(channels))(x))

    def units(self, x, *layers):
        for channels, size in layers:
            x = self.unit(x, channels, size)
        return x

    def last(self, x, channels):
        """A reduction: 3x3, stride 2, no padding."""
        return self.unit(x, channels, 3, 2, same=False)

    @staticmethod
    def maximum(x):
        return functional.max_pool2d(x, 3, 2)

    @staticmethod
    def average(x):
        return functional.avg_pool2d(x, 3, 1, 1, count_include_pad=COUNTS_PADDING)

    def stem(self, x):
        self.made = 0
        x = self.unit(x, 32, 3, 2, same=False)
        x = self.unit(x, 32, 3, same=False)
        x = self.maximum(self.unit(x, 64, 3))
        x = self.unit(x, 80, 1, same=False)
        return self.maximum(self.unit(x, 192, 3, same=False))

    def mixed_5x5(self, x, pooled, first):
        """35x35: 1x1, 5x5, two 3x3, pool."""
        return torch.cat([self.units(x, (first, 1)), self.units(x, (48, 1), (64, 5)),
                          self.units(x, (64, 1), (96, 3), (96, 3)), self.units(self.average(x), (pooled, 1))], 1)


class InceptionV3(Keras):
    def forward(self, x):
        x = self.stem(x)
        for pooled in (32, 64, 64):
            x = self.mixed_5x5(x, pooled, 64)
        x = torch.cat([self.last(x, 384), self.last(self.units(x, (64, 1), (96, 3)), 96), self.maximum(x)], 1)
        for n in (128, 160, 160, 192):
            x = torch.cat([self.units(x, (192, 1)), self.units(x, (n, 1), (n, (1, 7)), (192, (7, 1))),
                           self.units(x, (n, 1), (n, (7, 1)), (n, (1, 7)), (n, (7, 1)), (192, (1, 7))),
                           self.units(self.average(x), (192, 1))], 1)
        x = torch.cat([self.last(self.units(x, (192, 1)), 320),
                       self.last(self.units(x, (192, 1), (192, (1, 7)), (192, (7, 1))), 192), self.maximum(x)], 1)
        for _ in range(2):
            parts = [self.units(x, (320, 1))]
            for stem in (((384, 1),), ((448, 1), (384, 3))):
                fork = self.units(x, *stem)
                parts += [self.units(fork, (384, (1, 3))), self.units(fork, (384, (3, 1)))]
            x = torch.cat([*parts, self.units(self.average(x), (192, 1))], 1)
        return x


class InceptionResNetV2(Keras):
    SCALES = dict(block35=0.17, block17=0.1, block8=0.2)

    def block(self, name, x, scale, *branches):
        mixed = torch.cat([self.units(x, *branch) for branch in branches], 1)
        return x + scale * self.conv(name + "_conv", mixed, x.shape[1], 1, 1, same=False, bias=True)

    def forward(self, x):
        x = self.mixed_5x5(self.stem(x), 64, 96)
        for i in range(1, 11):
            x = functional.relu(self.block(f"block35_{i}", x, self.SCALES["block35"], [(32, 1)], [(32, 1), (32, 3)],
                                           [(32, 1), (48, 3), (64, 3)]))
        x = torch.cat([self.last(x, 384), self.last(self.units(x, (256, 1), (256, 3)), 384), self.maximum(x)], 1)
        for i in range(1, 21):
            x = functional.relu(self.block(f"block17_{i}", x, self.SCALES["block17"], [(192, 1)],
                                           [(128, 1), (160, (1, 7)), (192, (7, 1))]))
        x = torch.cat([self.last(self.units(x, (256, 1)), 384), self.last(self.units(x, (256, 1)), 288),
                       self.last(self.units(x, (256, 1), (288, 3)), 320), self.maximum(x)], 1)
        for i in range(1, 11):
            x = self.block(f"block8_{i}", x, self.SCALES["block8"] if i < 10 else 1, [(192, 1)],
                           [(192, 1), (224, (1, 3)), (256, (3, 1))])
            x = functional.relu(x) if i < 10 else x
        return self.unit(x, 1536, 1, names=("conv_7b", "conv_7b_bn"))


def features(network, phase, shape, dtype=torch.float64):
    network.to(dtype).train(phase == "training")
    with torch.no_grad():
        return network(seeded.tensor("input", shape).to(dtype)).mean((2, 3))


def off(a, b):
    return ((a.double() - b.double()).abs().max() / b.double().abs().max()).item()


def flips(network, phase, shape):
    global EPS, COUNTS_PADDING
    reference = features(network, phase, shape)
    EPS = 1e-5
    yield "eps 1e-5", off(features(network, phase, shape), reference)
    EPS, COUNTS_PADDING = 1e-3, True
    yield "padding counted", off(features(network, phase, shape), reference)
    COUNTS_PADDING = False
    if isinstance(network, InceptionResNetV2):
        for name, scale in InceptionResNetV2.SCALES.items():
            network.SCALES = InceptionResNetV2.SCALES | {name: scale * 1.1}
            yield f"{name}'s scale times 1.1", off(features(network, phase, shape), reference)
        network.SCALES = InceptionResNetV2.SCALES


def make(name, network, count):
    network.eval()
    network(torch.zeros(1, 3, 75, 75))  # makes the layers
    found = sum(value.numel() for value in network.state_dict().values())
    assert found == count, (name, found)

    path = os.path.join(HERE, name + ".json")
    with open(path) as file:
        cases = [case for case in json.load(file) if case["phase"] == "inference"]
    gain = cases[0].get("gain")
    seeded.fill(network, gain or 1)
    for case in cases:
        expected = torch.from_numpy(numpy.frombuffer(base64.b64decode(case["features"]), "<f4").copy())
        distance = off(features(network, "inference", case["input"])[0], expected)
        assert distance < 1e-6, (name, case["input"], distance)
        print(f"{name} inference {case['input']}: TensorFlow.js within {distance:.0e}")

    phase, shape = TRAINING
    exact = features(network, phase, shape)
    error = f"{off(features(network, phase, shape, torch.float32), exact):.0e}"
    print(f"{name} training {shape}: float32 is off by {error} of {exact.abs().max():.3g}")
    print(", ".join(f"{flip} {distance:.1e}" for flip, distance in flips(network, "inference", cases[0]["input"])), flush=True)
    cases.append(dict(phase=phase, input=list(shape), **(dict(gain=gain) if gain else {}), float32Error=float(error),
                      features=base64.b64encode(exact[0].numpy().astype("<f4").tobytes()).decode()))
    with open(path, "w", newline="\n") as file:
        file.write("[\n" + ",\n".join(" " + json.dumps(case, separators=(",", ":")) for case in cases) + "\n]\n")


def main():
    torch.set_num_threads(1)
    make("keras-inceptionv3", InceptionV3(), 21_802_784)
    make("keras-inceptionresnetv2", InceptionResNetV2(), 54_336_736)


if __name__ == "__main__":
    main()
