"""Exports torchvision's networks with random weights, for check_torchvision.ps1: writes *.onnx, *.png and *.json into a folder.

    /usr/bin/python3 tests/Fixtures/onnx/export_torchvision.py FOLDER [name ...]

BatchNorm has statistics of its own, and is kept in one file and folded in the other. Each picture has the network's size, so that no
resizing counts; the JSON has PyTorch's probabilities for it.
"""
import json
import sys
import warnings

import numpy as np
import torch
import torchvision
from PIL import Image

warnings.filterwarnings('ignore')
NAMES = ('resnet18 resnet50 resnext50_32x4d wide_resnet50_2 mobilenet_v2 mobilenet_v3_small mobilenet_v3_large densenet121 inception_v3 '
         'googlenet efficientnet_b0 efficientnet_v2_s regnet_y_400mf regnet_x_400mf shufflenet_v2_x1_0 mnasnet0_5 convnext_tiny').split()
SEVERAL = 'resnet18 mobilenet_v3_small efficientnet_b0 convnext_tiny'.split()
MEAN = torch.tensor([0.485, 0.456, 0.406]).reshape(1, 3, 1, 1)
DEVIATION = torch.tensor([0.229, 0.224, 0.225]).reshape(1, 3, 1, 1)

folder, names = sys.argv[1], sys.argv[2:] or NAMES
for name in names:
    torch.manual_seed(1)
    inception = name in ('inception_v3', 'googlenet')
    more = {'aux_logits': False, 'init_weights': False, 'transform_input': False} if inception else {}
    network = getattr(torchvision.models, name)(num_classes=7, **more)
    for norm in network.modules():
        if isinstance(norm, torch.nn.BatchNorm2d):
            norm.running_mean.normal_(0, 0.3)
            norm.running_var.uniform_(0.5, 2)
            torch.nn.init.uniform_(norm.weight, 0.7, 1.3)
            torch.nn.init.normal_(norm.bias, 0, 0.2)
    network.eval()
    side = 128 if inception else 96
    noise = np.random.RandomState(3).randint(0, 256, (12, 12, 3)).astype('uint8')
    picture = Image.fromarray(noise).resize((side, side), Image.BILINEAR)
    picture.save(f'{folder}/{name}.png')
    x = (torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].float() / 255 - MEAN) / DEVIATION
    with torch.no_grad():
        json.dump(torch.softmax(network(x), 1)[0].tolist(), open(f'{folder}/{name}.json', 'w'))
    for opset in (9, 11, 13, 17) if name in SEVERAL else (13,):
        for kept in True, False:
            torch.onnx.export(
                network, x, f'{folder}/{name}-{opset}-{"kept" if kept else "folded"}.onnx', opset_version=opset,
                training=torch.onnx.TrainingMode.PRESERVE if kept else torch.onnx.TrainingMode.EVAL,
                do_constant_folding=not kept, input_names=['input'], dynamic_axes={'input': {0: 'n'}})
