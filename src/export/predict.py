"""Classifies texts by this folder's model.

pip install numpy onnxruntime regex, then python predict.py "a text" "another"
"""

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
WORDS = (FOLDER / "vocabulary.txt").read_text(encoding="utf-8").split("\n")[:-1]
IDS = {word: number for number, word in enumerate(WORDS)}
STAND_INS = {ord(form): kept for kept, forms in RULES["tokenizer"]["standIns"].items() for form in forms}


def entity(match):
    if match[3]:
        return {"nbsp": " "}.get(match[3].lower()) or html.unescape(f"&{match[3].lower()};")
    point = int(match[1]) if match[1] else int(match[2], 16)
    return chr(point) if point <= 0x10FFFF and not 0xD800 <= point <= 0xDFFF else " "


def tokenize(text):
    text = regex.sub(r"&(?:#(\d{1,7})|#x([\da-fA-F]{1,6})|(amp|lt|gt|quot|apos|nbsp));", entity, text, flags=regex.I)
    text = regex.sub(r"<br\s*/?>", " ", text.lower())
    text = regex.sub(r"(\p{M}{8})\p{M}+", r"\1", regex.sub(r"\p{Cf}", "", text))
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
