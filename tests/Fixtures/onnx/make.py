"""Small networks as PyTorch's exporter writes them, with the answers of PyTorch: writes *.onnx and expected.json beside this script.

    apt install python3-torch && python3 tests/Fixtures/onnx/make.py

BatchNorm is kept (training=PRESERVE) or folded into the convolutions. One network is of a residual block, a gate, HardSwish and a
shuffle, with a dropout before its classifier; the other of depthwise convolutions, LayerNorm, GELU and dense layers on channels last.
"""
import json
import os
import warnings

import torch
from torch import nn

warnings.filterwarnings('ignore')
HERE = os.path.dirname(os.path.abspath(__file__))


class Gate(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.fc = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        return x * torch.sigmoid(self.fc(x.mean((2, 3), keepdim=True)))


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.conv2 = nn.Conv2d(8, 8, 3, padding=1, groups=4, bias=False)
        self.bn2 = nn.BatchNorm2d(8)
        self.gate = Gate(8)
        self.act = nn.Hardswish()
        self.pool = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.drop = nn.Dropout(0.25)
        self.fc = nn.Linear(8, 3)

    def forward(self, x):
        x = self.act(self.bn1(self.conv1(x)))
        x = self.pool(torch.relu(self.gate(self.bn2(self.conv2(x))) + x))
        n, c, h, w = x.shape
        x = x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)
        x = nn.functional.adaptive_avg_pool2d(x, 1)
        return self.fc(self.drop(torch.flatten(x, 1)))


class Last(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 2, stride=2)
        self.mix = nn.Conv2d(8, 8, 3, padding=1, groups=8)
        self.norm = nn.LayerNorm(8, eps=1e-6)
        self.up = nn.Linear(8, 16)
        self.down = nn.Linear(16, 8)
        self.layer_scale = nn.Parameter(torch.rand(8, 1, 1))
        self.fc = nn.Linear(8, 1)

    def forward(self, x):
        x = self.stem(x)
        y = self.norm(self.mix(x).permute(0, 2, 3, 1))
        y = self.down(nn.functional.gelu(self.up(y))).permute(0, 3, 1, 2)
        return torch.sigmoid(self.fc((x + self.layer_scale * y).mean((2, 3))))


expected = {}
for name, network in (('residual', Residual()), ('last', Last())):
    torch.manual_seed(7)
    for parameter in network.parameters():
        nn.init.normal_(parameter, 0, 0.4)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2)
    network.eval()
    x = torch.arange(3 * 12 * 10).reshape(1, 3, 12, 10) % 23 / 11 - 1
    with torch.no_grad():
        expected[name] = network(x)[0].tolist()
    for opset in (9, 13, 17):
        for kept in ((True, False) if name == 'residual' else (True,)):
            torch.onnx.export(
                network, x, f'{HERE}/{name}-{opset}{"" if kept else "-folded"}.onnx', opset_version=opset, input_names=['input'],
                training=torch.onnx.TrainingMode.PRESERVE if kept else torch.onnx.TrainingMode.EVAL,
                do_constant_folding=not kept, dynamic_axes={'input': {0: 'n'}})
with open(f'{HERE}/expected.json', 'w') as file:
    json.dump(expected, file, indent=1)
    file.write('\n')
