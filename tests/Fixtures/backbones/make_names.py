"""Names and shapes of torchvision's state dicts without classifier: writes <name>-tensors.txt beside this script, a tensor a line.

    /usr/bin/python3 tests/Fixtures/backbones/make_names.py        (Debian 12: python3-torchvision 0.14)
"""
import os

import torchvision

NETWORKS = {name: name for name in ("resnet18", "resnet50", "resnext50_32x4d", "wide_resnet50_2", "vgg16", "densenet121")}
NETWORKS |= {"vgg16-bn": "vgg16_bn", "mobilenetv2": "mobilenet_v2"}

for name, original in NETWORKS.items():
    state = getattr(torchvision.models, original)(weights=None).state_dict()
    lines = [" ".join([key, *map(str, value.shape)]) for key, value in state.items()
             if not key.startswith(("fc.", "classifier.")) and not key.endswith("num_batches_tracked")]
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + "-tensors.txt")
    with open(path, "w", newline="\n") as file:
        file.write("\n".join(lines) + "\n")
