"""Weights and inputs by a formula, so that another program can make the same ones instead of reading 200 MB.

For a tensor called NAME (its full name, such as layer1.0.conv1.weight; UTF-8), element i in row-major order, all in
unsigned 64-bit arithmetic that wraps:

    seed = FNV-1a 64 of NAME          start 0xcbf29ce484222325; for each byte: xor the byte, times 0x100000001b3
    z = seed + (i + 1) * 0x9E3779B97F4A7C15                                        (splitmix64)
    z = (z xor (z >> 30)) * 0xBF58476D1CE4E5B9
    z = (z xor (z >> 27)) * 0x94D049BB133111EB
    z = z xor (z >> 31)
    u = (z >> 40) / 2^24              in [0, 1)

and then in float64, rounded to float32 at the end:

    4 dimensions, no input (a kernel, OIHW)        (u - 0.5) * (gain * (2 * sqrt(3 / (in * height * width))))   in: 2nd dimension
    2 dimensions (a dense layer, out x in)         (u - 0.5) * (2 * sqrt(3 / in))
    name ends in .layer_scale (ConvNeXt)           0.5 + u      it starts at 1e-6, which would leave the blocks unseen
    name ends in .running_var or .variance         0.5 + u
    1 dimension, name ends in .weight (gamma)      0.5 + u
    other with 1 dimension or none (beta, bias, .running_mean)    (u - 0.5) * 0.4
    "input" (NCHW)                                 (u - 0.5) * 4
    "pixels" (NCHW), the input of networks that rescale by themselves    u * 255

gain is 1, or what the fixture's case says: in networks without gamma, without shortcuts or with sigmoids, the image
would else fade away among the offsets, and the features would hardly depend on it.
"""
import math

import numpy
import torch


def uniform(name, count):
    seed = 0xCBF29CE484222325
    for byte in name.encode("utf-8"):
        seed = (seed ^ byte) * 0x100000001B3 % 2 ** 64
    z = numpy.uint64(seed) + numpy.arange(1, count + 1, dtype=numpy.uint64) * numpy.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
    z = z ^ (z >> numpy.uint64(31))
    return (z >> numpy.uint64(40)).astype(numpy.float64) / 2 ** 24


def tensor(name, shape, gain=1):
    u = uniform(name, math.prod(shape))
    if name == "input":
        values = (u - 0.5) * 4
    elif name == "pixels":
        values = u * 255
    elif len(shape) in (2, 4):
        width = 2 * math.sqrt(3 / math.prod(shape[1:]))
        values = (u - 0.5) * (gain * width if len(shape) == 4 else width)
    elif name.endswith((".running_var", ".variance", ".weight", ".layer_scale")):
        values = 0.5 + u
    else:
        values = (u - 0.5) * 0.4
    return torch.from_numpy(values.astype(numpy.float32)).view(shape)


def fill(network, gain=1):
    """Replaces every parameter and buffer, but the count of batches, which nothing here reads."""
    network.load_state_dict({name: value if name.endswith("num_batches_tracked") else tensor(name, tuple(value.shape), gain)
                             for name, value in network.state_dict().items()})
