"""Loads a run's weights.safetensors into the articles' module and prints the logits of reviews.

python scripts/golden/run-checkpoint.py weights.safetensors '{"cell": "gru", "bidirectional": false, "reviews": [[2, 5], [4]]}'
"""

import importlib.util
import json
import pathlib
import struct
import sys

import torch


def read_safetensors(path):
    """The format in a few lines, so that only PyTorch is needed."""
    data = pathlib.Path(path).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    values = bytearray(data[8 + length :])
    return {
        name: torch.frombuffer(
            values, dtype=torch.float32, offset=entry["data_offsets"][0], count=torch.Size(entry["shape"]).numel()
        ).reshape(entry["shape"])
        for name, entry in header.items()
    }


spec = importlib.util.spec_from_file_location("golden", pathlib.Path(__file__).with_name("make-golden.py"))
golden = importlib.util.module_from_spec(spec)
spec.loader.exec_module(golden)
asked = json.loads(sys.argv[2])
model = golden.Classifier(asked["cell"], asked["bidirectional"])
model.load_state_dict(read_safetensors(sys.argv[1]), strict=True)
with torch.no_grad():
    tokens = torch.nn.utils.rnn.pad_sequence([torch.tensor(review) for review in asked["reviews"]])
    print(json.dumps(model.eval()(tokens, torch.tensor([len(review) for review in asked["reviews"]])).tolist()))
