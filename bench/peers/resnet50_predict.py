"""Evaluation of a folder of photographs in PyTorch, as torchvision's documentation does it: prints the seconds from files to classes."""
import json
import struct
import sys
import time

import numpy as np
import torch
import torchvision
from torchvision import transforms

folder = sys.argv[1]
torch.set_num_threads(2)
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

begin = time.perf_counter()
photos = torchvision.datasets.ImageFolder(f"{folder}/photos", transforms.Compose([
    transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(), transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])]))
found = 0
with torch.inference_mode():
    for images, _ in torch.utils.data.DataLoader(photos, batch_size=32, num_workers=2):
        found += len(torch.softmax(model(images), 1).argmax(1))
assert found == len(photos)
print(f"{time.perf_counter() - begin:.3f}")
