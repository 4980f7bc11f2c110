"""Learning rates of torch.optim.lr_scheduler.OneCycleLR at its defaults: writes onecycle.json beside this script.

    /usr/bin/python3 tests/Fixtures/training/make_onecycle.py        (Debian 12: python3-torch 1.13)
"""
import json
import os

import torch

cases = []
for steps, highest in ((2, 0.1), (3, 0.1), (4, 0.2), (7, 0.01), (10, 1.0), (70, 0.2), (333, 0.05)):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=highest)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, highest, total_steps=steps, cycle_momentum=False)
    rates = []
    for step in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step + 1 < steps:
            schedule.step()
    cases.append(dict(highest=highest, steps=steps, rates=rates))

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "onecycle.json"), "w", newline="\n") as file:
    file.write("[\n" + ",\n".join(" " + json.dumps(case) for case in cases) + "\n]\n")
