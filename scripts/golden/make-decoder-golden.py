"""Writes test/golden/layers/decoder-*.json: torch.nn.TransformerDecoderLayer with a causal mask over rows of unequal length.

Run from the repository: pip install torch, then python scripts/golden/make-decoder-golden.py
Outputs, and the gradients of their weighted sum with respect to every parameter and both inputs; padding is left out of all of them.
"""

import json
import pathlib
from importlib import import_module

import torch
from torch import nn

listed = import_module("make-golden").listed
SIZE, HEADS, FEED_FORWARD = 6, 2, 5
LENGTHS, MEMORY_LENGTHS = [4, 3, 2], [3, 5, 1]


def padding(lengths):
    return torch.arange(max(lengths))[None, :] >= torch.tensor(lengths)[:, None]


def rows(tensor, lengths):
    return [listed([("", row[:length])])[""] for row, length in zip(tensor, lengths)]


def golden(norm: str, activation: str):
    torch.manual_seed(7)
    layer = nn.TransformerDecoderLayer(
        SIZE, HEADS, FEED_FORWARD, dropout=0.0, activation=activation, batch_first=True, norm_first=norm == "pre"
    )
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    x = torch.randn(len(LENGTHS), max(LENGTHS), SIZE, requires_grad=True)
    memory = torch.randn(len(LENGTHS), max(MEMORY_LENGTHS), SIZE, requires_grad=True)
    weights = torch.randn(x.shape)
    result = layer(
        x, memory, tgt_mask=nn.Transformer.generate_square_subsequent_mask(max(LENGTHS)).isinf(),
        tgt_key_padding_mask=padding(LENGTHS), memory_key_padding_mask=padding(MEMORY_LENGTHS),
    )
    (result * weights * ~padding(LENGTHS)[:, :, None]).sum().backward()
    return {
        "torch": torch.__version__.split("+")[0],
        "settings": {"embeddingSize": SIZE, "heads": HEADS, "feedForwardSize": FEED_FORWARD, "norm": norm, "activation": activation},
        "lengths": LENGTHS, "memoryLengths": MEMORY_LENGTHS,
        "shapes": {name: list(parameter.shape) for name, parameter in layer.named_parameters()},
        "parameters": listed(layer.named_parameters()),
        "x": rows(x, LENGTHS), "memory": rows(memory, MEMORY_LENGTHS), "weights": rows(weights, LENGTHS),
        "result": rows(result, LENGTHS),
        "gradients": listed((name, parameter.grad) for name, parameter in layer.named_parameters()),
        "dx": rows(x.grad, LENGTHS), "dMemory": rows(memory.grad, MEMORY_LENGTHS),
    }


if __name__ == "__main__":
    folder = pathlib.Path(__file__).parents[2] / "test" / "golden" / "layers"
    folder.mkdir(exist_ok=True)
    for norm, activation in (("pre", "relu"), ("post", "gelu")):
        name = f"decoder-{norm}.json"
        (folder / name).write_text(json.dumps(golden(norm, activation)).replace('], "', '],\n"').replace('}, "', '},\n"') + "\n")
        print(name)
