"""A head on a frozen resnet50 from a folder of photographs in PyTorch, as torchvision's documentation does it: reads what the bench wrote, prints one line of JSON."""
import json
import struct
import sys
import time

import numpy as np
import torch
import torchvision
from torchvision import transforms

folder = sys.argv[1]
job = json.load(open(f"{folder}/job.json"))
torch.set_num_threads(job["Threads"])
with open(f"{folder}/weights.safetensors", "rb") as file:
    (length,) = struct.unpack("<Q", file.read(8))
    header = json.loads(file.read(length))
    data = file.read()
state = {
    name.replace("head.logits", "fc"): torch.from_numpy(np.frombuffer(data[slice(*entry["data_offsets"])], np.float32).reshape(entry["shape"]).copy())
    for name, entry in header.items()
    if name != "__metadata__"
}
model = torchvision.models.resnet50()
model.fc = torch.nn.Linear(2048, 2)
model.load_state_dict(state, strict=False)
model.eval()
for name, parameter in model.named_parameters():
    parameter.requires_grad = name.startswith("fc.")
optimizer = torch.optim.SGD(model.fc.parameters(), lr=job["Rate"])

losses = []
begin = time.perf_counter()
photos = torchvision.datasets.ImageFolder(f"{folder}/photos", transforms.Compose([
    transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(), transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])]))
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
