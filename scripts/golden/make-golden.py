"""Writes test/golden/*.json: the articles' classifier in PyTorch, small enough to read.

Run from the repository: pip install torch, then python scripts/golden/make-golden.py
For every cell and direction (the articles' printed GRU in one direction only), two layers: logits, loss, the gradient of every parameter,
and the parameters after three Adam steps with clipping by global norm.
"""

import json
import pathlib

import torch
from torch import nn

VOCABULARY, EMBEDDING, HIDDEN, LAYERS = 9, 3, 4, 2
LEARNING_RATE, CLIP_NORM, STEPS = 0.01, 0.1, 3
REVIEWS = [[2, 5, 5, 1, 8, 3], [4, 2, 7], [6, 3, 2, 4], [7], [1, 6, 6]]  # token ids; rows of unequal length, repeated tokens
LABELS = [1, 0, 1, 1, 0]


class PrintedGru(nn.GRU):
    """The GRU as the articles print it: nn.GRU's parameters, other equations; forward only.

    The candidate takes the reset gate's rows [:H] where nn.GRU takes its own [2H:], on h reset before the product, without a
    bias; and z weighs the candidate.
    """

    def forward(self, packed):
        outputs, lengths = nn.utils.rnn.pad_packed_sequence(packed)
        states = []
        for layer in range(self.num_layers):
            inputs, outputs = outputs, []
            h = torch.zeros(len(lengths), self.hidden_size)
            for t, x in enumerate(inputs):
                h = torch.where((t < lengths)[:, None], self.step(layer, x, h), h)
                outputs.append(h)
            outputs = torch.stack(outputs)
            states.append(h)
        return outputs, torch.stack(states)

    def step(self, layer, x, h):
        w_ih, w_hh, b_ih, b_hh = (getattr(self, f"{kind}_l{layer}") for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
        H = self.hidden_size
        r = torch.sigmoid(x @ w_ih[:H].T + b_ih[:H] + h @ w_hh[:H].T + b_hh[:H])
        z = torch.sigmoid(x @ w_ih[H : 2 * H].T + b_ih[H : 2 * H] + h @ w_hh[H : 2 * H].T + b_hh[H : 2 * H])
        n = torch.tanh(x @ w_ih[:H].T + (r * h) @ w_hh[:H].T)
        return (1 - z) * h + z * n


class Classifier(nn.Module):
    """The articles' model: embedding, two recurrent layers, a linear head on the last layer's final states."""

    def __init__(self, cell: str, bidirectional: bool):
        super().__init__()
        self.embed = nn.Embedding(VOCABULARY, EMBEDDING, padding_idx=0)
        kind = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU, "gru-printed": PrintedGru}[cell]
        self.rnn = kind(EMBEDDING, HIDDEN, LAYERS, bidirectional=bidirectional)
        self.directions = 2 if bidirectional else 1
        self.fc = nn.Linear(HIDDEN * self.directions, 2)

    def forward(self, tokens, lengths):
        packed = nn.utils.rnn.pack_padded_sequence(self.embed(tokens), lengths, enforce_sorted=False)
        _, state = self.rnn(packed)
        final = state[0] if isinstance(state, tuple) else state
        return self.fc(torch.cat(list(final[-self.directions :]), dim=1))


def listed(tensors):
    return {name: [float(f"{x:.9g}") for x in tensor.detach().flatten().tolist()] for name, tensor in tensors}


def golden(cell: str, bidirectional: bool):
    torch.manual_seed(7)
    model = Classifier(cell, bidirectional)
    lengths = torch.tensor([len(review) for review in REVIEWS])
    tokens = nn.utils.rnn.pad_sequence([torch.tensor(review) for review in REVIEWS])
    labels = torch.tensor(LABELS)
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    result = {
        "torch": torch.__version__.split("+")[0],
        "model": {"cell": cell, "bidirectional": bidirectional, "layers": LAYERS, "embeddingSize": EMBEDDING, "hiddenSize": HIDDEN},
        "vocabularySize": VOCABULARY,
        "training": {"learningRate": LEARNING_RATE, "clipNorm": CLIP_NORM, "steps": STEPS},
        "reviews": REVIEWS,
        "labels": LABELS,
        "shapes": {name: list(parameter.shape) for name, parameter in model.named_parameters()},
        "parameters": listed(model.named_parameters()),
    }
    for step in range(STEPS):
        optimizer.zero_grad()
        logits = model(tokens, lengths)
        loss = nn.functional.cross_entropy(logits, labels)
        loss.backward()
        if step == 0:
            result["logits"] = listed([("", logits)])[""]
            result["loss"] = loss.item()
            result["gradients"] = listed((name, parameter.grad) for name, parameter in model.named_parameters())
        norm = nn.utils.clip_grad_norm_(model.parameters(), CLIP_NORM)
        if step == 0:
            result["gradientNorm"] = norm.item()
        optimizer.step()
    result["afterAdam"] = listed(model.named_parameters())
    return result


if __name__ == "__main__":
    folder = pathlib.Path(__file__).parents[2] / "test" / "golden"
    for cell in ("rnn", "lstm", "gru", "gru-printed"):
        for bidirectional in (False,) if cell == "gru-printed" else (False, True):
            name = f"{'bi' if bidirectional else ''}{cell}.json"
            (folder / name).write_text(json.dumps(golden(cell, bidirectional)).replace('], "', '],\n"').replace('}, "', '},\n"') + "\n")
            print(name)
