"""The articles' classifier in PyTorch, as its users write it: pytorch.py THREADS

`tuned` takes torch's fused Adam, the faster one on a CPU.
"""

import sys

import torch
from serve import serve
from torch import nn

CELLS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


class Classifier(nn.Module):
    def __init__(self, cell, bidirectional, layers, vocabularySize, embeddingSize, hiddenSize, dropoutRate):
        super().__init__()
        self.embed = nn.Embedding(vocabularySize, embeddingSize, padding_idx=0)
        self.rnn = CELLS[cell](embeddingSize, hiddenSize, layers, batch_first=True, dropout=dropoutRate, bidirectional=bidirectional)
        self.directions = 2 if bidirectional else 1
        self.fc = nn.Linear(hiddenSize * self.directions, 2)

    def forward(self, tokens):
        _, state = self.rnn(self.embed(tokens))
        hidden = state[0] if isinstance(state, tuple) else state
        return self.fc(torch.cat(tuple(hidden[-self.directions :]), dim=1))


class Trainee:
    def __init__(self, config, tuned):
        torch.manual_seed(1)
        self.model = Classifier(**config)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-3, fused=True if tuned else None)
        self.criterion = nn.CrossEntropyLoss()

    def train(self, tokens, labels):
        self.model.train()
        self.optimizer.zero_grad()
        loss = self.criterion(self.model(torch.from_numpy(tokens)), torch.from_numpy(labels).long())
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        return loss.item()

    def evaluate(self, tokens, labels):
        self.model.eval()
        with torch.inference_mode():
            predicted = self.model(torch.from_numpy(tokens)).argmax(dim=1)
        return (predicted == torch.from_numpy(labels)).sum().item()


# Gradients that vanish over 300 steps become denormal numbers, on which a CPU is many times slower. TensorFlow flushes them
# to zero by itself; PyTorch has to be told, and before it makes its threads. Few users do: this is to its advantage.
torch.set_flush_denormal(True)
torch.set_num_threads(int(sys.argv[1]))
torch.zeros(1).add(1)
serve({"PyTorch": torch.__version__}, Trainee)
