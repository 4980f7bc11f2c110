"""Runs the loop of Invoke-FineTune in PyTorch: reads what the bench wrote, prints one line of JSON."""
import json
import sys
import time

import numpy as np
import torch

from resnet50 import load

folder = sys.argv[1]
job = json.load(open(f"{folder}/job.json"))
torch.set_num_threads(job["Threads"])
model = load(folder)

count, side = job["Images"], job["Side"]
pixels = np.fromfile(f"{folder}/images-idx3-ubyte", np.uint8)[16:].reshape(count, 1, side, side)
labels = torch.from_numpy(np.fromfile(f"{folder}/labels-idx1-ubyte", np.uint8)[8:].astype(np.int64))
mean = torch.tensor([0.485, 0.456, 0.406]).reshape(1, 3, 1, 1)
deviation = torch.tensor([0.229, 0.224, 0.225]).reshape(1, 3, 1, 1)
frozen = job["Mode"] != "None"
for name, parameter in model.named_parameters():
    parameter.requires_grad = not frozen or name.startswith("fc.")
for module in model.modules():
    if isinstance(module, torch.nn.BatchNorm2d) and frozen:
        module.momentum = 0  # batch statistics in training, none stored: Legacy
optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=job["Rate"])
batch = job["BatchSize"]


def images(indices):
    return ((torch.from_numpy(pixels[indices]).float() / 255).expand(-1, 3, -1, -1) - mean) / deviation


losses, steps = [], []
begin = time.perf_counter()
for order in job["Orders"]:
    model.train(job["Mode"] != "Inference")
    total = 0.0
    for start in range(0, count, batch):
        at = time.perf_counter()
        indices = order[start:start + batch]
        loss = torch.nn.functional.cross_entropy(model(images(indices)), labels[indices])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(indices)
        steps.append(time.perf_counter() - at)
    losses.append(total / count)
    if job["Validates"]:
        model.eval()
        with torch.no_grad():
            right = 0
            for start in range(0, count, batch):
                indices = list(range(start, min(start + batch, count)))
                right += (model(images(indices)).argmax(1) == labels[indices]).sum().item()
seconds = time.perf_counter() - begin
print(json.dumps({"Seconds": seconds, "BestStep": min(steps), "Losses": losses, "Version": f"PyTorch {torch.__version__}"}))
