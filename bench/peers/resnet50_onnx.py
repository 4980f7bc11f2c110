"""Exports the network that the bench wrote for ONNX Runtime, with any number of images in a batch."""
import sys

import torch

from resnet50 import load

folder = sys.argv[1]
model = load(folder)
model.eval()
torch.onnx.export(
    model, torch.zeros(1, 3, 224, 224), f"{folder}/network.onnx", input_names=["images"], output_names=["logits"],
    dynamic_axes={"images": {0: "count"}, "logits": {0: "count"}})
