"""This folder's model in PyTorch: pip install numpy safetensors torch, then import load

logits = load.model(token_ids, lengths)
probabilities = torch.softmax(logits / load.TEMPERATURE, dim=1)
"""

import json
import pathlib

import torch
from safetensors.torch import load_file
from torch import nn

FOLDER = pathlib.Path(__file__).parent
DESCRIPTION = json.loads((FOLDER / "model.json").read_text(encoding="utf-8"))
SIZES = DESCRIPTION["torch"]
TEMPERATURE = DESCRIPTION["temperature"] or 1  # what makes probabilities true on the validation texts


class Model(nn.Module):
    """Token ids [batch, time], filled up with 0, and lengths [batch], none of them 0, to logits [batch, classes]."""

    def __init__(self, cell, vocabulary, classes, embedding, hidden, layers, bidirectional):
        super().__init__()
        self.embed = nn.Embedding(vocabulary, embedding, padding_idx=0)
        self.rnn = getattr(nn, cell)(embedding, hidden, layers, batch_first=True, bidirectional=bidirectional)
        self.fc = nn.Linear(hidden * (2 if bidirectional else 1), classes)

    def forward(self, token_ids, lengths):
        rows = nn.utils.rnn.pack_padded_sequence(self.embed(token_ids), lengths, batch_first=True, enforce_sorted=False)
        state = self.rnn(rows)[1]
        hidden = state[0] if isinstance(state, tuple) else state
        return self.fc(torch.cat(list(hidden[-2:] if self.rnn.bidirectional else hidden[-1:]), dim=1))


tensors = load_file(FOLDER / "model.safetensors")
model = None  # of a model that torch.nn does not have as a whole: use the tensors by their names
if SIZES is not None:
    model = Model(**SIZES).eval()
    model.load_state_dict(tensors)
