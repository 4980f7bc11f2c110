"""Names and shapes of torchvision's state dicts without classifier: writes <name>-tensors.txt beside this script, a tensor a line.

For some networks besides <name>-layers.txt, a module a line: those that have no parts, or parameters of their own.

    /usr/bin/python3 tests/Fixtures/backbones/make_names.py        (Debian 12: python3-torchvision 0.14)
"""
import os

import torchvision

NETWORKS = {name: name for name in ("resnet18", "resnet50", "resnext50_32x4d", "wide_resnet50_2", "vgg16", "densenet121", "densenet201", "regnet_y_400mf")}
NETWORKS |= {"vgg16-bn": "vgg16_bn", "mobilenetv2": "mobilenet_v2", "mobilenetv3-small": "mobilenet_v3_small",
             "mobilenetv3-large": "mobilenet_v3_large", "inceptionv3": "inception_v3", "convnext-tiny": "convnext_tiny"}
NETWORKS |= {f"efficientnet-b{size}": f"efficientnet_b{size}" for size in range(5)}

LAYERS = ("mobilenetv3-small", "inceptionv3", "efficientnet-b0", "regnet_y_400mf", "convnext-tiny")
CLASSIFIER = ("fc.", "classifier.", "AuxLogits.")


def write(file, lines):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), file), "w", newline="\n") as out:
        out.write("\n".join(lines) + "\n")


for name, original in NETWORKS.items():
    others = dict(init_weights=False) if original == "inception_v3" else {}
    network = getattr(torchvision.models, original)(weights=None, **others)
    write(name + "-tensors.txt", [" ".join([key, *map(str, value.shape)]) for key, value in network.state_dict().items()
                                  if not key.startswith(CLASSIFIER) and not key.endswith("num_batches_tracked")])
    if name in LAYERS:
        write(name + "-layers.txt", [
            part for part, module in network.named_modules()
            if not list(module.children()) or list(module.parameters(recurse=False))
            if not (part + ".").startswith(CLASSIFIER) and part not in ("avgpool", "dropout")])
