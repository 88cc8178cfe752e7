"""Logits of a classifier of scripts/peers/torch_models.py with the weights of a golden file: run-peer.py test/golden/mingru.json

Prints them as JSON: of each review alone, and of all as one padded batch, which a model that has no mask reads otherwise.
"""

import json
import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "peers"))
from torch_models import build_classifier  # noqa: E402

golden = json.loads(pathlib.Path(sys.argv[1]).read_text())
config = {"type": "recurrent", "dropoutRate": 0.0, "pooling": "last", **golden["model"], "vocabularySize": golden["vocabularySize"]}
model = build_classifier(config).eval()
model.load_state_dict({name: torch.tensor(golden["parameters"][name]).reshape(shape) for name, shape in golden["shapes"].items()})
reviews = [torch.tensor(review) for review in golden["reviews"]]
with torch.no_grad():
    alone = torch.cat([model(review[None]) for review in reviews])
    together = model(torch.nn.utils.rnn.pad_sequence(reviews, batch_first=True))
print(json.dumps({"alone": alone.flatten().tolist(), "together": together.flatten().tolist()}))
