import type { ModelConfig } from '../models/build.ts';

// What an exported folder says in Python: our own lines, tried by a test with the interpreter.

/** `predict.py`: the tokens and ids of a text by the folder's vocabulary, and its probabilities by onnxruntime. */
export const predictScript = `"""Classify texts with this folder's model: pip install numpy onnxruntime regex; python predict.py "a text" ..."""
import html
import json
import pathlib
import sys
import unicodedata

import numpy
import onnxruntime
import regex

FOLDER = pathlib.Path(__file__).parent
RULES = json.loads((FOLDER / "model.json").read_text(encoding="utf-8"))
WORDS = (FOLDER / "vocabulary.txt").read_text(encoding="utf-8").split("\\n")[:-1]
IDS = {word: number for number, word in enumerate(WORDS)}
STAND_INS = {ord(form): kept for kept, forms in RULES["tokenizer"]["standIns"].items() for form in forms}


def entity(match):
    if match[3]:
        return {"nbsp": " "}.get(match[3].lower()) or html.unescape(f"&{match[3].lower()};")
    point = int(match[1]) if match[1] else int(match[2], 16)
    return chr(point) if point <= 0x10FFFF and not 0xD800 <= point <= 0xDFFF else " "


def tokenize(text):
    text = regex.sub(r"&(?:#(\\d{1,7})|#x([\\da-fA-F]{1,6})|(amp|lt|gt|quot|apos|nbsp));", entity, text, flags=regex.I)
    text = regex.sub(r"<br\\s*/?>", " ", text.lower())
    text = regex.sub(r"(\\p{M}{8})\\p{M}+", r"\\1", regex.sub(r"\\p{Cf}", "", text))
    text = unicodedata.normalize("NFC", text).translate(STAND_INS)
    return regex.findall(RULES["tokenizer"]["pattern"], text)


def encode(text):
    ids = [IDS.get(word, 1) for word in tokenize(text)]
    length = RULES["maxLength"]
    return ids[-length:] if RULES["truncate"] == "start" else ids[:length]


def predict(texts, session=None):
    session = session or onnxruntime.InferenceSession(str(FOLDER / "model.onnx"))
    rows = [encode(text) for text in texts]
    ids = numpy.zeros((len(rows), max(1, *map(len, rows), 1)), dtype=numpy.int32)
    for row, tokens in zip(ids, rows):
        row[: len(tokens)] = tokens
    lengths = numpy.array([len(row) for row in rows], dtype=numpy.int32)
    return session.run(["probabilities"], {"token_ids": ids, "lengths": lengths})[0]


if __name__ == "__main__":
    for text, row in zip(sys.argv[1:], predict(sys.argv[1:]) if sys.argv[1:] else []):
        print(RULES["classes"][int(row.argmax())], f"{row.max():.4f}", text)
`;

/** Cells that torch.nn has, by its name of them. */
const torchCells: Readonly<Record<string, string>> = { rnn: 'RNN', lstm: 'LSTM', gru: 'GRU' };

/**
 * `load.py` for safetensors: the model in torch where torch.nn has all of it, else its tensors by name.
 * @param classes how many
 */
export function loadScript(config: ModelConfig, vocabularySize: number, classes: number): string {
  const doc = '"""This folder\'s model in PyTorch: pip install torch safetensors numpy"""';
  const tensors = 'tensors = load_file(pathlib.Path(__file__).parent / "model.safetensors")';
  const cell = config.type === 'recurrent' ? torchCells[config.cell] : undefined;
  const isPlain = cell !== undefined && config.type === 'recurrent' && config.pooling === 'last' && config.padTo === null
    && !config.weightNorm && !config.tiedWeights;
  if (!isPlain) {
    return [
      doc, 'import pathlib', '', 'from safetensors.torch import load_file', '', tensors,
      'for name, tensor in tensors.items():', '    print(name, tuple(tensor.shape))', '',
    ].join('\n');
  }
  const { embeddingSize, hiddenSize, layers, bidirectional } = config, directions = bidirectional ? 2 : 1;
  return `${doc}
import pathlib

import torch
from safetensors.torch import load_file
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(${vocabularySize}, ${embeddingSize}, padding_idx=0)
        self.rnn = nn.${cell}(${embeddingSize}, ${hiddenSize}, ${layers}, batch_first=True, bidirectional=${bidirectional ? 'True' : 'False'})
        self.fc = nn.Linear(${directions * hiddenSize}, ${classes})

    def forward(self, token_ids, lengths):
        packed = nn.utils.rnn.pack_padded_sequence(self.embed(token_ids), lengths, batch_first=True, enforce_sorted=False)
        state = self.rnn(packed)[1]
        hidden = state[0] if isinstance(state, tuple) else state
        return self.fc(torch.cat(list(hidden[-${directions}:]), dim=1))


model = Model().eval()
${tensors}
model.load_state_dict(tensors)
`;
}
