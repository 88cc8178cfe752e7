"""Writes test/golden/training.json: what torch's schedules, optimizers, clipping and losses give on a small problem.

Run from the repository: pip install torch, then python scripts/golden/make-training-golden.py
"""

import json
import pathlib

import torch

EPOCHS, EPOCH_STEPS = 4, 5
SCHEDULES = torch.optim.lr_scheduler
LOGITS = [[0.3, -0.8], [1.5, 0.2], [-0.4, -0.1], [0.0, 2.0]]
LABELS = [0, 1, 1, 0]
START = {"rnn.weight": [[0.5, -1.0, 2.0], [0.1, 0.0, -0.3]], "fc.bias": [1.0, -1.0]}
GRADIENTS = [
    {"rnn.weight": [[0.1, -2.0, 0.3], [0.0, 0.5, -0.7]], "fc.bias": [3.0, -0.2]},
    {"rnn.weight": [[-0.4, 1.0, 0.2], [0.6, -0.5, 0.1]], "fc.bias": [-1.0, 0.4]},
    {"rnn.weight": [[0.9, 0.8, -0.7], [-0.6, 0.5, 0.4]], "fc.bias": [0.3, 0.2]},
]


def factors(create):
    """What the learning rate 1 becomes at each step of a run."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = create(optimizer)
    rates = []
    for _ in range(EPOCHS * EPOCH_STEPS):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return rates


def update(weight_decay=0.0, clip_norm=None, clip_value=None, fc_rate=0.01):
    """The parameters after three steps of AdamW at 0.01, another rate for fc."""
    parameters = {name: torch.nn.Parameter(torch.tensor(values)) for name, values in START.items()}
    groups = [{"params": [parameters["rnn.weight"]]}, {"params": [parameters["fc.bias"]], "lr": fc_rate}]
    optimizer = torch.optim.AdamW(groups, lr=0.01, weight_decay=weight_decay)
    for gradients in GRADIENTS:
        for name, parameter in parameters.items():
            parameter.grad = torch.tensor(gradients[name])
        if clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(parameters.values(), clip_norm)
        if clip_value is not None:
            torch.nn.utils.clip_grad_value_(parameters.values(), clip_value)
        optimizer.step()
    return {name: parameter.flatten().tolist() for name, parameter in parameters.items()}


def loss(**settings):
    logits = torch.tensor(LOGITS, requires_grad=True)
    weight = settings.pop("weight", None)
    criterion = torch.nn.CrossEntropyLoss(weight=None if weight is None else torch.tensor(weight), **settings)
    value = criterion(logits, torch.tensor(LABELS))
    value.backward()
    return {"loss": value.item(), "gradient": logits.grad.flatten().tolist()}


def averages(decay):
    """torch.optim.swa_utils' running averages of a parameter that goes 1, 2, 4, 8: exponential, and the mean of the last two."""
    module = torch.nn.Linear(1, 1, bias=False)
    model = torch.optim.swa_utils.AveragedModel(module, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(decay))
    found = []
    for value in (1.0, 2.0, 4.0, 8.0):
        module.weight.data.fill_(value)
        model.update_parameters(module)
        found.append(model.module.weight.item())
    return found


result = {
    "run": {"epochs": EPOCHS, "epochSteps": EPOCH_STEPS},
    "schedules": {
        "cosine": factors(lambda o: SCHEDULES.CosineAnnealingLR(o, EPOCHS * EPOCH_STEPS, eta_min=0.1)),
        "step": factors(lambda o: SCHEDULES.StepLR(o, 2 * EPOCH_STEPS, gamma=0.5)),
        "one-cycle": factors(lambda o: SCHEDULES.OneCycleLR(o, 1.0, EPOCHS * EPOCH_STEPS, cycle_momentum=False)),
        "warmup": factors(lambda o: SCHEDULES.LinearLR(o, 1 / 4, 1.0, 3)),
    },
    "start": {name: torch.tensor(values).flatten().tolist() for name, values in START.items()},
    "gradients": [{name: torch.tensor(values).flatten().tolist() for name, values in one.items()} for one in GRADIENTS],
    "updates": {
        "plain": update(),
        "decay": update(weight_decay=0.1),
        "clipValue": update(clip_value=0.25),
        "clipBoth": update(clip_norm=1.0, clip_value=0.25, weight_decay=0.1),
        "groups": update(fc_rate=0.001, weight_decay=0.1),
    },
    "logits": LOGITS,
    "labels": LABELS,
    "losses": {
        "smoothed": loss(label_smoothing=0.1),
        "weighted": loss(weight=[2.0, 0.5]),
        "both": loss(weight=[2.0, 0.5], label_smoothing=0.2),
    },
    "ema": averages(0.9),
}
path = pathlib.Path(__file__).resolve().parents[2] / "test/golden/training.json"
path.write_text(json.dumps(result).replace('}, "', '},\n"') + "\n")
