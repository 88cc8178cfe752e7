"""Writes test/golden/*.json: the articles' classifier in PyTorch, small enough to read.

Run from the repository: pip install torch, then python scripts/golden/make-golden.py [CELL, POOLING or NAME …]
For every cell and direction (the articles' printed GRU in one direction only), two layers: logits, loss, the gradient of every parameter,
and the parameters after three Adam steps with clipping by global norm. The same of a BiGRU with each other pooling, and of
models whose weights are made of others.
"""

import json
import pathlib
import sys

import torch
from torch import nn

VOCABULARY, EMBEDDING, HIDDEN, LAYERS = 9, 3, 4, 2
LEARNING_RATE, CLIP_NORM, STEPS = 0.01, 0.1, 3
REVIEWS = [[2, 5, 5, 1, 8, 3], [4, 2, 7], [6, 3, 2, 4], [7], [1, 6, 6]]  # token ids; rows of unequal length, repeated tokens
LABELS = [1, 0, 1, 1, 0]


class WrittenOut:
    """A recurrent network step by step, for cells that torch.nn does not have: mixed into the module whose parameters it takes."""

    def forward(self, packed):
        sequence, lengths = nn.utils.rnn.pad_packed_sequence(packed)
        states = []
        for layer in range(self.num_layers):
            outputs = []
            for suffix in ("", "_reverse") if self.bidirectional else ("",):
                weights = [getattr(self, f"{kind}_l{layer}{suffix}") for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
                h, hidden = torch.zeros(len(lengths), self.hidden_size), {}
                for t in range(len(sequence)) if suffix == "" else reversed(range(len(sequence))):
                    h = torch.where((t < lengths)[:, None], self.step(sequence[t], h, *weights), h)
                    hidden[t] = h
                outputs.append(torch.stack([hidden[t] for t in range(len(sequence))]))
                states.append(h)
            sequence = torch.cat(outputs, dim=2)
        return sequence, torch.stack(states)


class PrintedGru(WrittenOut, nn.GRU):
    """The GRU as the articles print it: nn.GRU's parameters, other equations.

    The candidate takes the reset gate's rows [:H] where nn.GRU takes its own [2H:], on h reset before the product, without a
    bias; and z weighs the candidate.
    """

    def step(self, x, h, w_ih, w_hh, b_ih, b_hh):
        H = self.hidden_size
        r = torch.sigmoid(x @ w_ih[:H].T + b_ih[:H] + h @ w_hh[:H].T + b_hh[:H])
        z = torch.sigmoid(x @ w_ih[H : 2 * H].T + b_ih[H : 2 * H] + h @ w_hh[H : 2 * H].T + b_hh[H : 2 * H])
        n = torch.tanh(x @ w_ih[:H].T + (r * h) @ w_hh[:H].T)
        return (1 - z) * h + z * n


class Mgu(WrittenOut, nn.RNNBase):
    """The minimal gated unit (Zhou et al. 2016, equation 6), rows in the order f, h; the sum of two biases is the paper's one."""

    def __init__(self, input_size, hidden_size, layers, bidirectional):
        super().__init__("GRU", input_size, hidden_size, layers, bidirectional=bidirectional)
        for name, parameter in list(self.named_parameters()):
            setattr(self, name, nn.Parameter(parameter.detach()[: 2 * hidden_size].clone()))

    def step(self, x, h, w_ih, w_hh, b_ih, b_hh):
        H = self.hidden_size
        f = torch.sigmoid(x @ w_ih[:H].T + h @ w_hh[:H].T + b_ih[:H] + b_hh[:H])
        candidate = torch.tanh(x @ w_ih[H:].T + (f * h) @ w_hh[H:].T + b_ih[H:] + b_hh[H:])
        return (1 - f) * h + f * candidate


class Gru(WrittenOut, nn.GRU):
    """torch.nn.GRU's own equations, so that weights can be made of others."""

    def step(self, x, h, w_ih, w_hh, b_ih, b_hh):
        r_x, z_x, n_x = (x @ w_ih.T + b_ih).chunk(3, dim=1)
        r_h, z_h, n_h = (h @ w_hh.T + b_hh).chunk(3, dim=1)
        z = torch.sigmoid(z_x + z_h)
        return (1 - z) * torch.tanh(n_x + torch.sigmoid(r_x + r_h) * n_h) + z * h


class ResetBeforeGru(WrittenOut, nn.GRU):
    """Cho et al. (2014), equations 5 to 8: the state is reset before the product; the sum of two biases is the paper's one."""

    def step(self, x, h, w_ih, w_hh, b_ih, b_hh):
        r_x, z_x, n_x = (x @ w_ih.T + b_ih + b_hh).chunk(3, dim=1)
        w_r, w_z, w_n = w_hh.chunk(3, dim=0)
        z = torch.sigmoid(z_x + h @ w_z.T)
        n = torch.tanh(n_x + (torch.sigmoid(r_x + h @ w_r.T) * h) @ w_n.T)
        return (1 - z) * n + z * h


class LayerNormed(nn.Module):
    """Recurrent layers with layer normalization (Ba et al. 2016, supplement), by torch.nn.functional.layer_norm."""

    def __init__(self, cell, input_size, hidden_size, layers, bidirectional):
        super().__init__()
        self.cell, self.hidden_size, self.layers = cell, hidden_size, layers
        self.suffixes = ("", "_reverse") if bidirectional else ("",)
        gates = {"lstm-layer-norm": 4, "gru-layer-norm": 3}[cell]
        base = (nn.LSTM if gates == 4 else nn.GRU)(input_size, hidden_size, layers, bidirectional=bidirectional)
        for layer in range(layers):
            for suffix in self.suffixes:
                of = f"l{layer}{suffix}"
                for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
                    self.register_parameter(f"{kind}_{of}", getattr(base, f"{kind}_{of}"))
                own = {"gain_ih": gates, "gain_hh": gates, **({"gain_c": 1, "bias_c": 1} if gates == 4 else {})}
                for name, multiple in own.items():
                    start = 0.0 if name == "bias_c" else 1.0
                    values = start + 0.3 * torch.randn(multiple * hidden_size)
                    self.register_parameter(f"{name}_{of}", nn.Parameter(values))

    def forward(self, packed):
        sequence, lengths = nn.utils.rnn.pad_packed_sequence(packed)
        states = []
        for layer in range(self.layers):
            outputs = []
            for suffix in self.suffixes:
                h = c = torch.zeros(len(lengths), self.hidden_size)
                hidden = {}
                for t in range(len(sequence)) if suffix == "" else reversed(range(len(sequence))):
                    new = getattr(self, "step_" + self.cell[:4].strip("-"))(sequence[t], h, c, f"l{layer}{suffix}")
                    h, c = (torch.where((t < lengths)[:, None], after, before) for after, before in zip(new, (h, c)))
                    hidden[t] = h
                outputs.append(torch.stack([hidden[t] for t in range(len(sequence))]))
                states.append(h)
            sequence = torch.cat(outputs, dim=2)
        return sequence, torch.stack(states)

    def normalized(self, x, kind, of, gates):
        gain, bias = (getattr(self, f"{name}_{kind}_{of}") for name in ("gain", "bias"))
        weights = zip(gain.split(gates), bias.split(gates), x.split(gates, dim=1))
        return torch.cat([nn.functional.layer_norm(part, part.shape[1:], g, b) for g, b, part in weights], dim=1)

    def products(self, x, h, of, gates):
        return (
            self.normalized(x @ getattr(self, f"weight_ih_{of}").T, "ih", of, gates),
            self.normalized(h @ getattr(self, f"weight_hh_{of}").T, "hh", of, gates),
        )

    def step_lstm(self, x, h, c, of):
        H = self.hidden_size
        i, f, g, o = sum(self.products(x, h, of, [4 * H])).chunk(4, dim=1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(self.normalized(c, "c", of, [H])), c

    def step_gru(self, x, h, c, of):
        H = self.hidden_size
        ofInput, ofHidden = self.products(x, h, of, [2 * H, H])
        (r_x, z_x, n_x), (r_h, z_h, n_h) = ofInput.chunk(3, dim=1), ofHidden.chunk(3, dim=1)
        z = torch.sigmoid(z_x + z_h)
        return (1 - z) * torch.tanh(n_x + torch.sigmoid(r_x + r_h) * n_h) + z * h, c


def positive(x):
    """g of Feng et al. (2024), section B.1."""
    return torch.where(x >= 0, x + 0.5, torch.sigmoid(x))


def scan_in_log_space(a, b):
    """h[t] = a[t]·h[t − 1] + b[t] from 0 as the authors' parallel_scan_log has it (their listing 4), over the first axis."""
    sums = torch.cumsum(a.log(), dim=0)
    return torch.exp(sums + torch.logcumsumexp(b.log() - sums, dim=0))


class Minimal(nn.Module):
    """minGRU and minLSTM (Feng et al. 2024, sections 3.1 and 3.2 with g of section B.1), from a zero state, layer by layer."""

    def __init__(self, cell: str, input_size: int, hidden_size: int, layers: int, bidirectional: bool):
        super().__init__()
        self.cell, self.layers, self.hidden_size = cell, layers, hidden_size
        self.suffixes = ("", "_reverse") if bidirectional else ("",)
        gates = {"mingru": 2, "minlstm": 3}[cell]
        for layer in range(layers):
            width = input_size if layer == 0 else hidden_size * len(self.suffixes)
            for suffix in self.suffixes:
                linear = nn.Linear(width, gates * hidden_size)
                self.register_parameter(f"weight_ih_l{layer}{suffix}", linear.weight)
                self.register_parameter(f"bias_ih_l{layer}{suffix}", linear.bias)

    def coefficients(self, product):
        gates = product.split(self.hidden_size, dim=-1)
        if self.cell == "mingru":
            z = torch.sigmoid(gates[0])
            return 1 - z, z * positive(gates[1])
        forget, new = torch.sigmoid(gates[0]), torch.sigmoid(gates[1])
        return forget / (forget + new), new / (forget + new) * positive(gates[2])

    def forward(self, packed):
        sequence, lengths = nn.utils.rnn.pad_packed_sequence(packed)
        for layer in range(self.layers):
            outputs, states = [], []
            for suffix in self.suffixes:
                product = nn.functional.linear(
                    sequence, getattr(self, f"weight_ih_l{layer}{suffix}"), getattr(self, f"bias_ih_l{layer}{suffix}")
                )
                a, b = self.coefficients(product)
                h, hidden = torch.zeros(len(lengths), self.hidden_size), {}
                for t in range(len(sequence)) if suffix == "" else reversed(range(len(sequence))):
                    h = torch.where((t < lengths)[:, None], a[t] * h + b[t], h)
                    hidden[t] = h
                outputs.append(torch.stack([hidden[t] for t in range(len(sequence))]))
                states.append(h)
                if suffix == "":
                    own = (torch.arange(len(sequence))[:, None] < lengths)[:, :, None]
                    assert torch.allclose(scan_in_log_space(a, b) * own, outputs[-1] * own, atol=1e-6)
            sequence = torch.cat(outputs, dim=2)
        return sequence, torch.stack(states)


class Qrnn(nn.Module):
    """The quasi-recurrent network with fo-pooling (Bradbury et al. 2017, equations 1 and 4), review by review, by torch's convolution.

    A layer's kernel [3H, D, window] is weight_ih for the token itself and, of a window of 2, weight_previous for the one before.
    """

    def __init__(self, window: int, input_size: int, hidden_size: int, layers: int, bidirectional: bool):
        super().__init__()
        self.window, self.layers, self.hidden_size = window, layers, hidden_size
        self.suffixes = ("", "_reverse") if bidirectional else ("",)
        for layer in range(layers):
            width = input_size if layer == 0 else hidden_size * len(self.suffixes)
            for suffix in self.suffixes:
                convolution = nn.Conv1d(width, 3 * hidden_size, window)
                for kind, place in zip(("ih", "previous"), reversed(range(window))):
                    kernel = convolution.weight.detach()[:, :, place].clone()
                    self.register_parameter(f"weight_{kind}_l{layer}{suffix}", nn.Parameter(kernel))
                self.register_parameter(f"bias_ih_l{layer}{suffix}", convolution.bias)

    def read(self, sequence, of):
        """h[0] … h[T − 1] of one review [T, D] in its reading order: [T, H]."""
        kernel = torch.stack([getattr(self, f"weight_{kind}_{of}") for kind in ("previous", "ih")[-self.window :]], dim=2)
        before = nn.functional.pad(sequence.T, (self.window - 1, 0))  # so that no gate sees a later token
        z, f, o = nn.functional.conv1d(before[None], kernel, getattr(self, f"bias_ih_{of}"))[0].T.chunk(3, dim=1)
        z, f, o = torch.tanh(z), torch.sigmoid(f), torch.sigmoid(o)
        c, hidden = torch.zeros(self.hidden_size), []
        for t in range(len(sequence)):
            c = f[t] * c + (1 - f[t]) * z[t]
            hidden.append(o[t] * c)
        return torch.stack(hidden)

    def forward(self, packed):
        sequence, lengths = nn.utils.rnn.pad_packed_sequence(packed)
        reviews = [sequence[:length, row] for row, length in enumerate(lengths)]
        for layer in range(self.layers):
            outputs = [[self.read(review, f"l{layer}") for review in reviews]]
            states = [torch.stack([hidden[-1] for hidden in outputs[0]])]
            if len(self.suffixes) == 2:
                backwards = [self.read(review.flip(0), f"l{layer}_reverse") for review in reviews]
                states.append(torch.stack([hidden[-1] for hidden in backwards]))
                outputs.append([hidden.flip(0) for hidden in backwards])
            reviews = [torch.cat(parts, dim=1) for parts in zip(*outputs)]
        return nn.utils.rnn.pack_sequence(reviews, enforce_sorted=False), torch.stack(states)


class Classifier(nn.Module):
    """The articles' model: embedding, two recurrent layers, a linear head on the last layer's final states."""

    def __init__(self, cell: str, bidirectional: bool, pooling: str = "last", window: int = 2):
        super().__init__()
        self.pooling = pooling
        self.embed = nn.Embedding(VOCABULARY, EMBEDDING, padding_idx=0)
        if cell in ("mingru", "minlstm"):
            self.rnn = Minimal(cell, EMBEDDING, HIDDEN, LAYERS, bidirectional)
        elif cell == "qrnn":
            self.rnn = Qrnn(window, EMBEDDING, HIDDEN, LAYERS, bidirectional)
        elif cell.endswith("layer-norm"):
            self.rnn = LayerNormed(cell, EMBEDDING, HIDDEN, LAYERS, bidirectional)
        else:
            kinds = {"gru-printed": PrintedGru, "gru-reset-before": ResetBeforeGru, "mgu": Mgu}
            kind = kinds.get(cell) or {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[cell]
            self.rnn = kind(EMBEDDING, HIDDEN, LAYERS, bidirectional=bidirectional)
        self.directions = 2 if bidirectional else 1
        width = HIDDEN * self.directions
        if pooling == "attention":
            self.attention = nn.Sequential(nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1))
        self.fc = nn.Linear(3 * width if pooling == "concat" else width, 2)

    def forward(self, tokens, lengths):
        packed = nn.utils.rnn.pack_padded_sequence(self.embed(tokens), lengths, enforce_sorted=False)
        output, state = self.rnn(packed)
        final = state[0] if isinstance(state, tuple) else state
        last = torch.cat(list(final[-self.directions :]), dim=1)
        return self.fc(last if self.pooling == "last" else self.pool(last, output, lengths))

    def pool(self, last, output, lengths):
        """A mean, a maximum or all three over each review's own steps, or a mean weighted by attention."""
        states, _ = nn.utils.rnn.pad_packed_sequence(output)  # [T, B, D]
        absent = (torch.arange(len(states))[:, None] >= lengths)[:, :, None]
        mean = states.sum(dim=0) / lengths[:, None]
        largest = states.masked_fill(absent, -torch.inf).max(dim=0).values
        if self.pooling == "attention":
            weights = self.attention(states).masked_fill(absent, -torch.inf).softmax(dim=0)
            return (weights * states).sum(dim=0)
        return {"mean": mean, "max": largest, "concat": torch.cat([last, largest, mean], dim=1)}[self.pooling]


def listed(tensors):
    return {name: [float(f"{x:.9g}") for x in tensor.detach().flatten().tolist()] for name, tensor in tensors}


def golden(cell: str, bidirectional: bool, pooling: str = "last", **more):
    torch.manual_seed(7)
    described = {"cell": cell, "bidirectional": bidirectional, "layers": LAYERS, "embeddingSize": EMBEDDING, "hiddenSize": HIDDEN, **more}
    if pooling != "last":
        described["pooling"] = pooling
    return train(Classifier(cell, bidirectional, pooling), described)


def weight_normalized():
    """A GRU whose matrices are torch.nn.utils.parametrizations.weight_norm's."""
    torch.manual_seed(7)
    model = Classifier("gru", False)
    model.rnn = Gru(EMBEDDING, HIDDEN, LAYERS)
    for layer in range(LAYERS):
        for kind in ("weight_ih", "weight_hh"):
            nn.utils.parametrizations.weight_norm(model.rnn, f"{kind}_l{layer}")
            magnitudes = getattr(model.rnn.parametrizations, f"{kind}_l{layer}").original0
            magnitudes.data += 0.3 * torch.randn_like(magnitudes)
    described = {"cell": "gru", "layers": LAYERS, "embeddingSize": EMBEDDING, "hiddenSize": HIDDEN, "weightNorm": True}
    return train(model, described)


def tied():
    """A plain RNN with one matrix for its input and its state, which are of one width."""
    torch.manual_seed(7)
    model = Classifier("rnn", False)
    model.embed = nn.Embedding(VOCABULARY, HIDDEN, padding_idx=0)
    model.rnn = nn.RNN(HIDDEN, HIDDEN, LAYERS)
    for layer in range(LAYERS):
        setattr(model.rnn, f"weight_ih_l{layer}", getattr(model.rnn, f"weight_hh_l{layer}"))
    described = {"cell": "rnn", "layers": LAYERS, "embeddingSize": HIDDEN, "hiddenSize": HIDDEN, "tiedWeights": True}
    return train(model, described)


def train(model: nn.Module, described: dict):
    """The first steps of a classifier of token ids [T, B] and lengths [B]."""
    lengths = torch.tensor([len(review) for review in REVIEWS])
    tokens = nn.utils.rnn.pad_sequence([torch.tensor(review) for review in REVIEWS])
    labels = torch.tensor(LABELS)
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    result = {
        "torch": torch.__version__.split("+")[0],
        "model": described,
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


def write(name: str, result):
    path = pathlib.Path(__file__).parents[2] / "test" / "golden" / f"{name}.json"
    path.write_text(json.dumps(result).replace('], "', '],\n"').replace('}, "', '},\n"') + "\n")
    print(name)


if __name__ == "__main__":
    wanted = sys.argv[1:]
    for cell in ("rnn", "lstm", "gru", "gru-printed", "gru-reset-before", "mgu", "lstm-layer-norm", "gru-layer-norm"):
        for bidirectional in (False,) if cell == "gru-printed" else (False, True):
            if not wanted or cell in wanted:
                write(f"{'bi' if bidirectional else ''}{cell}", golden(cell, bidirectional))
    for cell in ("mingru", "minlstm"):
        for bidirectional in (False, True):
            if not wanted or cell in wanted:
                write(f"{'bi' if bidirectional else ''}{cell}", golden(cell, bidirectional, type="minimal"))
    for window in (1, 2):
        for bidirectional in (False, True):
            if not wanted or "qrnn" in wanted:
                name = f"{'bi' if bidirectional else ''}qrnn{'' if window == 2 else '-window-1'}"
                torch.manual_seed(7)
                described = {"type": "minimal", "cell": "qrnn", "window": window, "bidirectional": bidirectional, "layers": LAYERS}
                write(name, train(Classifier("qrnn", bidirectional, window=window),
                                  {**described, "embeddingSize": EMBEDDING, "hiddenSize": HIDDEN}))
    for name, make in (("gru-weight-norm", weight_normalized), ("rnn-tied", tied)):
        if not wanted or name in wanted:
            write(name, make())
    for pooling in ("mean", "max", "concat", "attention"):
        if not wanted or pooling in wanted:
            write(f"bigru-{pooling}", golden("gru", True, pooling=pooling))
