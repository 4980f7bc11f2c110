"""Trains a head on a frozen resnet50 from a folder of photographs, as torchvision's documentation does.

The script reads what the bench wrote and prints one line of JSON.
"""
import json
import sys
import time

import torch
import torchvision

from resnet50 import PHOTOGRAPH, load

folder = sys.argv[1]
job = json.load(open(f"{folder}/job.json"))
torch.set_num_threads(job["Threads"])
model = load(folder)
model.eval()
for name, parameter in model.named_parameters():
    parameter.requires_grad = name.startswith("fc.")
optimizer = torch.optim.SGD(model.fc.parameters(), lr=job["Rate"])

losses = []
begin = time.perf_counter()
photos = torchvision.datasets.ImageFolder(f"{folder}/photos", PHOTOGRAPH)
for order in job["Orders"]:
    total = 0.0
    for images, labels in torch.utils.data.DataLoader(photos, batch_size=job["BatchSize"], sampler=order, num_workers=2):
        loss = torch.nn.functional.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
    losses.append(total / len(photos))
print(json.dumps({"Seconds": time.perf_counter() - begin, "Losses": losses, "Version": f"PyTorch {torch.__version__}"}))
