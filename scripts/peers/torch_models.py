"""The classifiers of `npm run bench` in PyTorch, as its users write them. Parameters have gatelab's names and shapes.

Token ids are [B, T], 0 behind the end of a shorter review, and every review has a token.
"""

import torch
from torch import nn
from torch.nn import functional as F

CELLS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


def last_token(states, tokens):
    """[B, D] the state of each row's last token, of states [B, T, D]."""
    return states[torch.arange(len(tokens)), (tokens != 0).sum(dim=1) - 1]


class Recurrent(nn.Module):
    """The articles' classifier, read at its final state, or a softmax over time as article E writes it."""

    def __init__(self, config):
        super().__init__()
        hidden = config["hiddenSize"]
        self.directions = 2 if config["bidirectional"] else 1
        self.embed = nn.Embedding(config["vocabularySize"], config["embeddingSize"], padding_idx=0)
        self.rnn = CELLS[config["cell"]](
            config["embeddingSize"], hidden, config["layers"], batch_first=True, dropout=config["dropoutRate"],
            bidirectional=config["bidirectional"],
        )
        width = hidden * self.directions
        self.attention = None
        if config["pooling"] == "attention":
            self.attention = nn.Sequential(nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1))
        self.fc = nn.Linear(width, 2)

    def forward(self, tokens):
        states, final = self.rnn(self.embed(tokens))
        if self.attention is not None:
            scores = self.attention(states).masked_fill((tokens == 0)[:, :, None], -torch.inf)
            return self.fc((scores.softmax(dim=1) * states).sum(dim=1))
        hidden = final[0] if isinstance(final, tuple) else final
        return self.fc(torch.cat(tuple(hidden[-self.directions :]), dim=1))


def log_g(x):
    """ln g(x) of Feng et al. (2024), section B.1: g(x) = x + 1/2 where x >= 0, else the sigmoid of x."""
    return torch.where(x >= 0, (F.relu(x) + 0.5).log(), -F.softplus(-x))


def scan_log(log_a, log_b):
    """h[t] = a[t]·h[t - 1] + b[t] from a zero state over the second axis, all times at once: the authors' parallel_scan_log."""
    sums = torch.cumsum(log_a, dim=1)
    return torch.exp(sums + torch.logcumsumexp(log_b - sums, dim=1))


class MinGru(nn.Module):
    """Layers of the minGRU in log space (Feng et al. 2024, appendix B): the form its authors publish and train."""

    def __init__(self, input_size, hidden_size, layers, dropout):
        super().__init__()
        self.layers, self.dropout = layers, nn.Dropout(dropout)
        for layer in range(layers):
            gates = nn.Linear(input_size if layer == 0 else hidden_size, 2 * hidden_size)
            self.register_parameter(f"weight_ih_l{layer}", gates.weight)
            self.register_parameter(f"bias_ih_l{layer}", gates.bias)

    def forward(self, x):
        for layer in range(self.layers):
            below = x if layer == 0 else self.dropout(x)
            product = F.linear(below, getattr(self, f"weight_ih_l{layer}"), getattr(self, f"bias_ih_l{layer}"))
            update, candidate = product.chunk(2, dim=2)
            x = scan_log(-F.softplus(update), -F.softplus(-update) + log_g(candidate))  # a = 1 - z, b = z·g
        return x


class Minimal(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.embed = nn.Embedding(config["vocabularySize"], config["embeddingSize"], padding_idx=0)
        self.rnn = MinGru(config["embeddingSize"], config["hiddenSize"], config["layers"], config["dropoutRate"])
        self.fc = nn.Linear(config["hiddenSize"], 2)

    def forward(self, tokens):
        return self.fc(last_token(self.rnn(self.embed(tokens)), tokens))


class Transformer(nn.Module):
    """nn.TransformerEncoder over words with learned positions, norms in front, read at the last token."""

    def __init__(self, config):
        super().__init__()
        width = config["embeddingSize"]
        self.embed = nn.Embedding(config["vocabularySize"], width, padding_idx=0)
        self.positions = nn.Embedding(config["maxPositions"], width)
        self.dropout = nn.Dropout(config["dropoutRate"])
        layer = nn.TransformerEncoderLayer(
            width, config["heads"], config["feedForwardSize"], config["dropoutRate"], batch_first=True, norm_first=True
        )
        # Nested tensors are for norms behind, and torch warns that they are of no use here.
        self.encoder = nn.TransformerEncoder(layer, config["layers"], norm=nn.LayerNorm(width), enable_nested_tensor=False)
        self.fc = nn.Linear(width, 2)

    def forward(self, tokens):
        steps = torch.arange(tokens.shape[1]).clamp(max=self.positions.num_embeddings - 1)
        words = self.dropout(self.embed(tokens) + self.positions(steps))
        return self.fc(last_token(self.encoder(words, src_key_padding_mask=tokens == 0), tokens))


KINDS = {"recurrent": Recurrent, "minimal": Minimal, "transformer": Transformer}


def build_classifier(config):
    return KINDS[config["type"]](config)
