"""The articles' classifier in Keras on TensorFlow, in graph mode: keras_tensorflow.py THREADS"""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
threads = int(sys.argv[1])

import keras
import tensorflow as tf
from keras import layers
from serve import serve

tf.config.threading.set_intra_op_parallelism_threads(threads)
tf.config.threading.set_inter_op_parallelism_threads(threads)

CELLS = {"rnn": layers.SimpleRNN, "lstm": layers.LSTM, "gru": layers.GRU}


def recurrent_layers(config):
    for k in range(config["layers"]):
        last = k == config["layers"] - 1
        layer = CELLS[config["cell"]](config["hiddenSize"], return_sequences=not last)
        yield layers.Bidirectional(layer) if config["bidirectional"] else layer
        if not last:
            yield layers.Dropout(config["dropoutRate"])


class Trainee:
    def __init__(self, config, tuned):
        keras.backend.clear_session()
        keras.utils.set_random_seed(1)
        embedding = layers.Embedding(config["vocabularySize"], config["embeddingSize"])
        tokens = keras.Input((None,), dtype="int32")
        self.model = keras.Sequential([tokens, embedding, *recurrent_layers(config), layers.Dense(2)])
        self.parameters = self.model.count_params()
        self.model.compile(
            optimizer=keras.optimizers.Adam(1e-3, global_clipnorm=1.0),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            jit_compile=False,  # XLA is many times slower here
        )

    def train(self, tokens, labels):
        return self.model.train_on_batch(tokens, labels)

    def evaluate(self, tokens, labels):
        return (self.model.predict_on_batch(tokens).argmax(axis=1) == labels).sum()

    def predict(self, tokens, labels):
        return keras.ops.softmax(self.model.predict_on_batch(tokens)).numpy()[:, 1].mean()


tf.zeros(1).numpy()
serve({"Keras": keras.__version__, "TensorFlow (Keras)": tf.__version__}, Trainee)
