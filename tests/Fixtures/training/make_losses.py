"""Smoothed and weighted cross entropy, and clipped gradients, by PyTorch in float64: writes losses.json beside this script.

    /usr/bin/python3 tests/Fixtures/training/make_losses.py        (Debian 12: python3-torch 1.13)

The binary loss has no counterpart with a weighted mean in PyTorch: its targets are moved by hand, and its mean is that of cross_entropy,
the sum of weighted losses over the sum of weights.
"""
import json
import os

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

torch.set_default_dtype(torch.float64)
torch.manual_seed(3)


def floats(tensor):
    return [float(x) for x in tensor.to(torch.float32).flatten()]


logits = torch.randn(6, 3).to(torch.float32).to(torch.float64)
labels = torch.tensor([0, 2, 1, 1, 0, 2])
score = torch.randn(6, 1).to(torch.float32).to(torch.float64)
binary_labels = torch.tensor([0, 1, 1, 0, 1, 1])
cases = []
for smoothing, weights in ((0.0, None), (0.1, None), (0.0, [0.5, 2.0, 1.25]), (0.2, [0.5, 2.0, 1.25])):
    x = logits.clone().requires_grad_()
    loss = cross_entropy(x, labels, None if weights is None else torch.tensor(weights), label_smoothing=smoothing)
    loss.backward()
    cases.append(dict(binary=False, smoothing=smoothing, weights=weights, loss=float(loss), gradient=floats(x.grad)))
for smoothing, weights in ((0.0, None), (0.1, None), (0.0, [0.5, 2.0]), (0.2, [0.5, 2.0])):
    x = score.clone().requires_grad_()
    y = binary_labels.to(torch.float64)
    each = binary_cross_entropy_with_logits(x.squeeze(1), y * (1 - smoothing) + smoothing / 2, reduction="none")
    w = torch.ones(6) if weights is None else torch.tensor(weights)[binary_labels]
    loss = (each * w).sum() / w.sum()
    loss.backward()
    cases.append(dict(binary=True, smoothing=smoothing, weights=weights, loss=float(loss), gradient=floats(x.grad)))

clips = []
for limit in (0.1, 1.0, 100.0):
    torch.manual_seed(5)
    parameters = [torch.zeros(2, 3, requires_grad=True), torch.zeros(4, requires_grad=True)]
    for p in parameters:
        p.grad = torch.randn(p.shape).to(torch.float32).to(torch.float64)
    before = [floats(p.grad) for p in parameters]
    norm = torch.nn.utils.clip_grad_norm_(parameters, limit)
    clips.append(dict(limit=limit, gradients=before, norm=float(norm), clipped=[floats(p.grad) for p in parameters]))

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "losses.json"), "w", newline="\n") as file:
    json.dump(dict(logits=floats(logits), labels=labels.tolist(), score=floats(score), binaryLabels=binary_labels.tolist(), cases=cases, clips=clips), file, indent=1)
    file.write("\n")
