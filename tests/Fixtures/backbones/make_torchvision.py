"""Features of the backbones with the weights and inputs of seeded.py: writes <name>.json for each beside this script.

    /usr/bin/python3 tests/Fixtures/backbones/make_torchvision.py

    (Debian 12: python3-torch 1.13, python3-torchvision 0.14, python3-numpy)

Each file holds cases of {phase, input shape, pooled features}: the global average of the last feature map, of the first image. In
the inference phase BatchNorm uses the moving statistics, in the training phase the batch's. resnet20 and keras-resnet50
are built here from the papers' and Keras' published descriptions, all others are torchvision's.

Features are computed in float64 and written with float32's digits. float32Error is how far PyTorch's own float32 is from
them, relative to the largest: the part of a difference that is nobody's mistake. It is large in the training phase of
deep networks, where each BatchNorm divides by a deviation that is itself rounded, and no batch or image size cures it.
Printed besides: how far flipped details move the features of the first case.
"""
import base64
import json
import os
import sys

import torch
import torchvision
from torch import nn
from torch.nn import functional
from torchvision.ops import StochasticDepth

sys.dont_write_bytecode = True
import seeded  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = [("inference", (2, 3, 64, 64)), ("inference", (2, 3, 75, 75)), ("training", (4, 3, 64, 64))]
# At 75, its smallest, the last map is one pixel, over which a batch of 4 is normalised badly; from 107 on it is 2x2.
INCEPTION_CASES = [("inference", (2, 3, 75, 75)), ("inference", (2, 3, 107, 107)), ("training", (4, 3, 107, 107))]
TORCHVISION = {name: name for name in ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnext50_32x4d",
                                       "wide_resnet50_2", "vgg16", "densenet121", "densenet169", "densenet201", "regnet_y_400mf")}
TORCHVISION |= {"vgg16-bn": "vgg16_bn", "mobilenetv2": "mobilenet_v2", "mobilenetv3-small": "mobilenet_v3_small",
                "mobilenetv3-large": "mobilenet_v3_large", "inceptionv3": "inception_v3", "convnext-tiny": "convnext_tiny"}
TORCHVISION |= {f"efficientnet-b{size}": f"efficientnet_b{size}" for size in range(5)}
# See seeded.py: the kernels' gain.
LOUDER = {name: 1.4 for name in TORCHVISION if name.startswith(("mobilenetv3", "efficientnet", "inception"))}
LOUDER |= {"efficientnet-b3": 1.3, "efficientnet-b4": 1.2}  # deeper: 1.4 would be too loud
SMALL_CASES = [("inference", (4, 3, 28, 28)), ("inference", (2, 3, 32, 32)), ("training", (4, 3, 28, 28))]


class Cifar20(nn.Module):
    """He et al. 2015, section 4.2 with n = 3: three stages of 16, 32 and 64 channels; projection shortcuts (option B)
    where the shape changes."""

    class Block(nn.Module):
        def __init__(self, inside, outside, stride):
            super().__init__()
            self.conv1 = nn.Conv2d(inside, outside, 3, stride, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(outside)
            self.conv2 = nn.Conv2d(outside, outside, 3, 1, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(outside)
            self.downsample = None
            if inside != outside:
                self.downsample = nn.Sequential(nn.Conv2d(inside, outside, 1, stride, bias=False),
                                                nn.BatchNorm2d(outside))

        def forward(self, x):
            shortcut = x if self.downsample is None else self.downsample(x)
            x = functional.relu(self.bn1(self.conv1(x)))
            return functional.relu(self.bn2(self.conv2(x)) + shortcut)

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        for stage, (inside, outside) in enumerate([(16, 16), (16, 32), (32, 64)], 1):
            blocks = [self.Block(inside, outside, 1 if stage == 1 else 2)]
            blocks += [self.Block(outside, outside, 1) for _ in range(2)]
            self.add_module(f"layer{stage}", nn.Sequential(*blocks))

    def forward(self, x):
        x = functional.relu(self.bn1(self.conv1(x)))
        return self.layer3(self.layer2(self.layer1(x)))


class KerasResNet50(nn.Module):
    """ResNet50 v1 of Keras Applications without its top: biases, and the stride on the first 1x1 of a stack."""

    STACKS = [("conv2", 3, 64, 1), ("conv3", 4, 128, 2), ("conv4", 6, 256, 2), ("conv5", 3, 512, 2)]
    EPS = 1.001e-5

    def __init__(self):
        super().__init__()
        self.add("conv1", 3, 64, 7, 2)
        channels = 64
        for stack, count, filters, stride in self.STACKS:
            for block in range(1, count + 1):
                name = f"{stack}_block{block}"
                step = stride if block == 1 else 1
                if block == 1:
                    self.add(name + "_0", channels, 4 * filters, 1, step)
                self.add(name + "_1", channels, filters, 1, step)
                self.add(name + "_2", filters, filters, 3, 1, 1)
                self.add(name + "_3", filters, 4 * filters, 1, 1)
                channels = 4 * filters

    def add(self, name, inside, outside, size, stride, padding=0):
        self.add_module(name + "_conv", nn.Conv2d(inside, outside, size, stride, padding))
        self.add_module(name + "_bn", nn.BatchNorm2d(outside, self.EPS))

    def normalised(self, name, x):
        return self.get_submodule(name + "_bn")(self.get_submodule(name + "_conv")(x))

    def forward(self, x):
        x = functional.relu(self.normalised("conv1", functional.pad(x, (3, 3, 3, 3))))
        x = functional.max_pool2d(functional.pad(x, (1, 1, 1, 1)), 3, 2)
        for stack, count, _, _ in self.STACKS:
            for block in range(1, count + 1):
                name = f"{stack}_block{block}"
                shortcut = self.normalised(name + "_0", x) if block == 1 else x
                x = functional.relu(self.normalised(name + "_1", x))
                x = functional.relu(self.normalised(name + "_2", x))
                x = functional.relu(self.normalised(name + "_3", x) + shortcut)
        return x


class Torchvision(nn.Module):
    """A network of torchvision's, without the last pooling and the classifier."""

    def __init__(self, name):
        super().__init__()
        others = dict(aux_logits=False, init_weights=False) if name == "inception_v3" else {}
        whole = getattr(torchvision.models, name)(weights=None, **others)
        for part, module in whole.named_children():
            if part not in ("avgpool", "dropout", "fc", "classifier"):
                self.add_module(part, module)
        self.ends_with_relu = name.startswith("densenet")  # in its forward, not a module

    def forward(self, x):
        for module in self.children():
            x = module(x)
        return functional.relu(x) if self.ends_with_relu else x


def features(network, gain, phase, shape, dtype=torch.float32):
    seeded.fill(network, gain)  # a training pass moves the statistics
    network.to(dtype).train(phase == "training")
    for module in network.modules():
        if isinstance(module, StochasticDepth):  # dropout of a kind, and all of these passes are without
            module.eval()
    with torch.no_grad():
        result = network(seeded.tensor("input", shape).to(dtype)).mean((2, 3))
    network.float()
    return result


def relative(a, b):
    return ((a.double() - b.double()).abs().max() / b.double().abs().max()).item()


def with_other_eps(network):
    """1e-3, and 1e-5 where it was 1e-3."""
    for module in network.modules():
        if isinstance(module, (nn.BatchNorm2d, nn.LayerNorm)):
            module.eps = 1e-3 if module.eps < 1e-3 else 1e-5


def with_stride_elsewhere(network):
    """torchvision's stride in Keras' network, and the other way round."""
    for module in list(network.modules()):
        if isinstance(module, torchvision.models.resnet.Bottleneck) and module.conv2.stride == (2, 2):
            module.conv1.stride, module.conv2.stride = (2, 2), (1, 1)
    for stack in ("conv3", "conv4", "conv5"):
        if isinstance(network, KerasResNet50):
            network.get_submodule(stack + "_block1_1_conv").stride = (1, 1)
            network.get_submodule(stack + "_block1_2_conv").stride = (2, 2)


def without_six(network):
    """ReLU where MobileNet has ReLU6."""
    for module in list(network.modules()):
        for part, child in list(module.named_children()):
            if isinstance(child, nn.ReLU6):
                setattr(module, part, nn.ReLU())


def first_row(values):
    """Of the first image alone, for size; little-endian float32 in base64. The others shape it through the batch's statistics."""
    return base64.b64encode(values[0].numpy().astype("<f4").tobytes()).decode()


def make(name, build, cases):
    network = build()
    gain = LOUDER.get(name, 1)
    document, notes = [], []
    for phase, shape in cases:
        exact = features(network, gain, phase, shape, torch.float64)
        error = f"{relative(features(network, gain, phase, shape), exact):.0e}"
        document.append(dict(phase=phase, input=list(shape), **(dict(gain=gain) if gain != 1 else {}), float32Error=float(error), features=first_row(exact.float())))
        notes.append(f"{error} of {exact.abs().max():.3g}")

    reference = features(network, gain, *cases[0])
    with_other_eps(network)
    flips = f"other eps {relative(features(network, gain, *cases[0]), reference):.1e}"
    if "50" in name or "101" in name or "152" in name:
        network = build()
        with_stride_elsewhere(network)
        flips += f", stride elsewhere {relative(features(network, gain, *cases[0]), reference):.1e}"
    if name == "mobilenetv2":
        network = build()
        without_six(network)
        flips += f", ReLU for ReLU6 {relative(features(network, gain, *cases[0]), reference):.1e}"
    count = sum(value.numel() for key, value in network.state_dict().items() if "num_batches" not in key)
    print(f"{name:16}{count:>12,} numbers; float32 is off by {', '.join(notes)}; {flips}", flush=True)

    with open(os.path.join(HERE, name + ".json"), "w", newline="\n") as file:
        lines = ",\n".join(" " + json.dumps(case, separators=(",", ":")) for case in document)
        file.write("[\n" + lines + "\n]\n")


def main():
    torch.set_num_threads(1)
    wanted = sys.argv[1:]
    backbones = {name: (lambda original=original: Torchvision(original), CASES) for name, original in TORCHVISION.items()}
    backbones["inceptionv3"] = (backbones["inceptionv3"][0], INCEPTION_CASES)
    backbones["resnet20"] = (Cifar20, SMALL_CASES)
    backbones["keras-resnet50"] = (KerasResNet50, CASES)
    for name, (build, cases) in backbones.items():
        if not wanted or name in wanted:
            make(name, build, cases)


if __name__ == "__main__":
    main()
