"""Recomputes keras.json with PyTorch in float64, and shows which flipped switch a test on it would notice.

    /usr/bin/python3 tests/Fixtures/freeze-keras/check.py
"""
import json
import os
import sys

import torch

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(HERE, "..", "freeze"))
import make  # noqa: E402


def load(name):
    with open(os.path.join(HERE, name)) as file:
        return json.load(file)


def tensor(entry):
    return torch.tensor(entry["data"]).view(entry["shape"])


def main():
    given, keras = load("../freeze/freeze.json"), load("keras.json")
    initial = {name: tensor(entry) for name, entry in given["initial"].items()}
    data = dict(batches=[tensor(x) for x in given["batches"]], labels=[torch.tensor(y) for y in given["labels"]],
                evaluation=tensor(given["evaluation"]))
    rules = dict(estimator="biased", momentum=1 - keras["network"]["kerasMomentum"], eps=keras["network"]["epsilon"])
    flips = [{}, dict(estimator="unbiased"), dict(momentum=0.1), dict(eps=1e-5)]

    print(f"{'mode':12}{'optimizer':10}{'difference':>11}{'unbiased':>10}{'mom. 0.9':>10}{'eps 1e-5':>10}")
    worst = 0
    for case in keras["cases"]:
        o = {key: case[key] for key in ("optimizer", "learningRate", "momentum", "nesterov", "weightDecay")}
        moved = []
        for flip in flips:
            result = make.train(data, initial, make.MODES[case["mode"]], o, torch.float64, **dict(rules, **flip))
            mine = make.result_tensors(result)
            del mine["trainingLogits"]
            theirs = {name: torch.tensor(values).view_as(mine[name]) for name, values in
                      dict(case["final"], losses=case["losses"], inferenceLogits=case["inferenceLogits"]).items()}
            moved.append(make.distance(mine, theirs))
        worst = max(worst, moved[0])
        title = o["optimizer"] + (" 0.9" if o["momentum"] else "")
        print(f"{case['mode']:12}{title:10}{moved[0]:11.1e}" + "".join(
            f"{m:10.1e}" if m != moved[0] else f"{'-':>10}" for m in moved[1:]))
    assert worst < 1e-5, worst


if __name__ == "__main__":
    main()
