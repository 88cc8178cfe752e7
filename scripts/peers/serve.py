"""How a peer talks with `npm run bench`: one JSON line a request on standard input, one a reply on standard output.

A peer hands `serve` its versions and a function that builds a model with a count, `parameters`, and three methods, all on NumPy
arrays tokens [B, T] int32 and labels [B] int32: `train` returns the loss of one step, `evaluate` the number of correct rows,
`predict` the mean probability of label 1.
"""

import json
import os
import sys
import time

import numpy as np


class Batches:
    """Reviews as the bench wrote them: batch k is the rows from k·size on."""

    def __init__(self, folder, size):
        self.size = size
        self.lengths = np.fromfile(os.path.join(folder, "lengths.i32"), np.int32)
        self.labels = np.fromfile(os.path.join(folder, "labels.i32"), np.int32)
        self.tokens = np.fromfile(os.path.join(folder, "tokens.i32"), np.int32)
        self.offsets = np.concatenate([[0], np.cumsum(self.lengths)])

    def padded(self, batch, pad):
        """Rows of `pad` tokens, or of the batch's longest review: zeros behind the shorter, the end of the longer."""
        rows = range(batch * self.size, (batch + 1) * self.size)
        width = int(self.lengths[rows.start : rows.stop].max()) if pad == "longest" else pad
        tokens = np.zeros((self.size, width), np.int32)
        for k, row in enumerate(rows):
            kept = min(width, int(self.lengths[row]))
            end = self.offsets[row + 1]
            tokens[k, :kept] = self.tokens[end - kept : end]
        return tokens, self.labels[rows.start : rows.stop]


def serve(versions, build):
    replies = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what libraries print is not a reply

    def reply(message):
        replies.write(json.dumps(message) + "\n")

    model = batches = None
    reply({"ready": True, "versions": versions})
    for line in sys.stdin:
        request = json.loads(line)
        todo = request["do"]
        if todo == "build":
            model = None  # the old one goes first
            model = build(request["model"], request["tuned"])
            reply({"parameters": model.parameters})
        elif todo == "load":
            batches = Batches(request["folder"], request["batchSize"])
            reply({})
        elif todo in ("train", "evaluate", "predict"):
            step = getattr(model, todo)
            start = time.perf_counter()
            tokens, labels = batches.padded(request["batch"], request["pad"])
            result = float(step(tokens, labels))
            reply({"seconds": time.perf_counter() - start, "result": result})
        else:
            reply({"error": f"this peer cannot {todo}"})
