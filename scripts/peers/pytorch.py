"""PyTorch as a peer of `npm run bench`: pytorch.py THREADS

`tuned` takes torch's fused Adam, the faster one on a CPU.
"""

import sys

import torch
from serve import serve
from torch import nn
from torch_models import build_classifier


class Trainee:
    def __init__(self, config, tuned):
        torch.manual_seed(1)
        self.model = build_classifier(config)
        self.parameters = sum(parameter.numel() for parameter in self.model.parameters())
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

    def logits(self, tokens):
        self.model.eval()
        with torch.inference_mode():
            return self.model(torch.from_numpy(tokens))

    def evaluate(self, tokens, labels):
        return (self.logits(tokens).argmax(dim=1) == torch.from_numpy(labels)).sum().item()

    def predict(self, tokens, labels):
        return self.logits(tokens).softmax(dim=1).numpy()[:, 1].mean()


# Gradients that vanish over 300 steps become denormal numbers, on which a CPU is many times slower. TensorFlow flushes them
# to zero by itself; PyTorch has to be told, and before it makes its threads. Few users do: this is to its advantage.
torch.set_flush_denormal(True)
torch.set_num_threads(int(sys.argv[1]))
torch.zeros(1).add(1)
serve({"PyTorch": torch.__version__}, Trainee)
