"""Learning rates of torch.optim.lr_scheduler: writes schedules.json beside this script.

    /usr/bin/python3 tests/Fixtures/training/make_schedules.py        (Debian 12: python3-torch 1.13)

Step, cosine and one-cycle are stepped once per update. A warm-up of n updates is SequentialLR with LinearLR from 1/(n + 1), so that the
n+1-st update is the first at the full rate. ReduceLROnPlateau is stepped with the validation loss of each epoch; its patience is the
number of bad epochs that it lets pass, one less than DecayEpochs, the number after which the rate falls.
"""
import json
import os
import random

import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, OneCycleLR, ReduceLROnPlateau, SequentialLR, StepLR


def optimizer(rate):
    return torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=rate)


def run(sgd, schedule, updates):
    rates = []
    for update in range(updates):
        rates.append(sgd.param_groups[0]["lr"])
        sgd.step()
        if update + 1 < updates:
            schedule.step()
    return rates


def per_update(kind, epochs, per_epoch, highest, warmup, decay_epochs=0, factor=0.0):
    sgd = optimizer(highest)
    updates = epochs * per_epoch
    schedule = {
        "Constant": lambda: LinearLR(sgd, start_factor=1, total_iters=1),
        "Step": lambda: StepLR(sgd, decay_epochs * per_epoch, factor),
        "Cosine": lambda: CosineAnnealingLR(sgd, updates - warmup),
        "OneCycle": lambda: OneCycleLR(sgd, highest, total_steps=updates, cycle_momentum=False),
    }[kind]()
    if warmup:
        schedule = SequentialLR(sgd, [LinearLR(sgd, start_factor=1 / (warmup + 1), total_iters=warmup), schedule], milestones=[warmup])
    case = dict(kind=kind, epochs=epochs, updatesPerEpoch=per_epoch, highest=highest, warmup=warmup, decayEpochs=decay_epochs, factor=factor)
    return dict(**case, losses=[], rates=run(sgd, schedule, updates))


def plateau(losses, per_epoch, highest, decay_epochs, factor):
    sgd = optimizer(highest)
    schedule = ReduceLROnPlateau(sgd, factor=factor, patience=decay_epochs - 1)
    rates = []
    for loss in losses:
        rates += [sgd.param_groups[0]["lr"]] * per_epoch
        schedule.step(loss)
    case = dict(kind="Plateau", epochs=len(losses), updatesPerEpoch=per_epoch, highest=highest, warmup=0, decayEpochs=decay_epochs, factor=factor)
    return dict(**case, losses=losses, rates=rates)


random.seed(1)
noisy = [round(1 / (1 + 0.1 * i) + 0.15 * random.random(), 6) for i in range(40)]
# Less than one part in 10,000 is no improvement, and the best stays what it was.
creeping = [1.0, 0.99995, 0.99991, 0.9998, 0.9997, 0.9996, 0.9996, 0.9996, 0.9]
cases = [
    per_update("Step", 9, 3, 0.1, 0, 2, 0.1),
    per_update("Step", 7, 5, 0.3, 0, 3, 0.5),
    per_update("Step", 6, 4, 0.3, 7, 1, 0.7),
    per_update("Cosine", 5, 7, 0.01, 0),
    per_update("Cosine", 1, 1, 0.1, 0),
    per_update("Cosine", 10, 3, 1.0, 5),
    per_update("Constant", 4, 3, 0.2, 4),
    per_update("OneCycle", 6, 5, 0.05, 0),
    plateau(noisy, 2, 0.1, 1, 0.5),
    plateau(noisy, 1, 0.1, 3, 0.1),
    plateau(creeping, 3, 0.2, 2, 0.3),
    plateau([0.5] * 9, 1, 1.0, 3, 0.5),
]
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "schedules.json"), "w", newline="\n") as file:
    file.write("[\n" + ",\n".join(" " + json.dumps(case) for case in cases) + "\n]\n")
