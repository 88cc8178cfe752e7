"""Writes test/golden/transformer-*.json: a Transformer's encoder as a classifier in PyTorch, as make-golden.py does recurrent ones.

Run from the repository: pip install torch, then python scripts/golden/make-transformer-golden.py
torch.nn.TransformerEncoder over words with their positions, in training and without dropout; the last token's state makes the logits.
"""

import json
import math
import pathlib

import torch
from torch import nn

from importlib import import_module

shared = import_module("make-golden")
EMBEDDING, HEADS, FEED_FORWARD, LAYERS, POSITIONS = 6, 2, 5, 2, 5  # a position less than the longest review has tokens


def sinusoids(steps: int, size: int) -> torch.Tensor:
    """Vaswani et al. 2017, section 3.5."""
    table = torch.zeros(steps, size)
    for t in range(steps):
        for i in range(0, size, 2):
            angle = t / 10000 ** (i / size)
            table[t, i] = math.sin(angle)
            table[t, i + 1] = math.cos(angle)
    return table


class Classifier(nn.Module):
    def __init__(self, norm: str, activation: str, positions: str):
        super().__init__()
        self.embed = nn.Embedding(shared.VOCABULARY, EMBEDDING, padding_idx=0)
        self.positions = nn.Embedding(POSITIONS, EMBEDDING) if positions == "learned" else None
        layer = nn.TransformerEncoderLayer(
            EMBEDDING, HEADS, FEED_FORWARD, dropout=0.0, activation=activation, batch_first=True, norm_first=norm == "pre"
        )
        final = nn.LayerNorm(EMBEDDING) if norm == "pre" else None
        self.encoder = nn.TransformerEncoder(layer, LAYERS, norm=final, enable_nested_tensor=False)
        self.fc = nn.Linear(EMBEDDING, 2)
        with torch.no_grad():  # torch begins every layer alike, and its norms and some biases at 1 and 0
            for parameter in self.encoder.parameters():
                parameter.add_(0.3 * torch.randn_like(parameter))

    def forward(self, tokens, lengths):
        words = self.embed(tokens.T)  # [B, T, D]
        steps = torch.arange(words.shape[1])
        if self.positions is None:
            words = words + sinusoids(len(steps), EMBEDDING)
        else:
            words = words + self.positions(steps.clamp(max=POSITIONS - 1))
        states = self.encoder(words, src_key_padding_mask=steps[None, :] >= lengths[:, None])
        return self.fc(states[torch.arange(len(lengths)), lengths - 1])


if __name__ == "__main__":
    folder = pathlib.Path(__file__).parents[2] / "test" / "golden"
    for norm, activation, positions in (("pre", "relu", "learned"), ("post", "gelu", "sinusoidal")):
        torch.manual_seed(7)
        described = {
            "type": "transformer", "norm": norm, "activation": activation, "positions": positions, "maxPositions": POSITIONS,
            "layers": LAYERS, "heads": HEADS, "embeddingSize": EMBEDDING, "feedForwardSize": FEED_FORWARD,
        }
        text = json.dumps(shared.train(Classifier(norm, activation, positions), described))
        name = f"transformer-{norm}.json"
        (folder / name).write_text(text.replace('], "', '],\n"').replace('}, "', '},\n"') + "\n")
        print(name)
