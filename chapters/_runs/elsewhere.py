"""Compute the same losses with JAX, optax and Keras.

    python chapters/_runs/elsewhere.py      writes chapters/data/elsewhere.json

Needs the packages of tests/requirements-elsewhere.txt, which the book itself does without; `make
test-elsewhere` installs them and compares. PyTorch, SciPy and scikit-learn run in the page. Under
each title stand calls that give one and the same result there.
"""

from __future__ import annotations

import json
import math
import os
from importlib.metadata import version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parents[1] / "data" / "elsewhere.json"

# The arrays that the calls name. z and s are the logits of q and r: log(q) + 1, log(r / (1 - r)).
DATA = {
    "q": [[0.9, 0.05, 0.05], [0.2, 0.7, 0.1], [0.1, 0.3, 0.6], [0.3, 0.4, 0.3]],
    "y": [0, 1, 2, 1],
    "onehot": [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]],
    "w": [1.0, 2.0, 4.0],
    "y_pad": [0, 1, 2, -1],
    "r": [0.9, 0.2, 0.6, 0.3],
    "t": [1.0, 0.0, 1.0, 0.0],
    "p": [[0.5, 0.3, 0.2], [0.1, 0.6, 0.3], [0.2, 0.2, 0.6], [1.0, 0.0, 0.0]],
    "sure": [[1.0, 0.0]],
    "loose": [[0.5, 0.89, 0.6]],
}
CALLS = {
    "the mean loss": [
        "optax.softmax_cross_entropy_with_integer_labels(z, y).mean()",
        "optax.softmax_cross_entropy(z, onehot).mean()",
        "keras.losses.SparseCategoricalCrossentropy(from_logits=True)(y, z)",
        "keras.losses.SparseCategoricalCrossentropy()(y, q)",
        "keras.losses.CategoricalCrossentropy()(onehot, q)",
    ],
    "one loss for each sample": [
        "optax.softmax_cross_entropy_with_integer_labels(z, y)",
        "keras.losses.SparseCategoricalCrossentropy(reduction=None)(y, q)",
        "keras.losses.sparse_categorical_crossentropy(y, q)",
    ],
    "the first sample": [
        "keras.losses.SparseCategoricalCrossentropy()(y[:1], q[:1])",
    ],
    "probabilities, taken for logits": [
        "optax.softmax_cross_entropy_with_integer_labels(q[:1], y[:1])",
        "keras.losses.SparseCategoricalCrossentropy(from_logits=True)(y[:1], q[:1])",
    ],
    "logits, taken for probabilities": [
        "keras.losses.SparseCategoricalCrossentropy()(y, z)",
    ],
    "divided by its sum, 1.99": [
        "keras.losses.CategoricalCrossentropy()(onehot[1:2], loose)",
    ],
    "cut off at 1e-7": [
        "keras.losses.SparseCategoricalCrossentropy()(1 - y[:1], sure)",
        "keras.losses.BinaryCrossentropy()(t[:1], 0 * t[:1])",
    ],
    "cut off at 1.19e-7": [
        "keras.losses.BinaryCrossentropy()(0 * t[:1], t[:1])",
    ],
    "the mean of 16.1181 and 0": [
        "keras.losses.CategoricalCrossentropy()(jnp.eye(2), jnp.repeat(sure, 2, axis=0))",
    ],
    "not cut off": [
        "optax.softmax_cross_entropy_with_integer_labels(jnp.log(sure), 1 - y[:1])",
        "keras.losses.SparseCategoricalCrossentropy(from_logits=True)(1 - y[:1], jnp.log(sure))",
    ],
    "zero times infinity": [
        "optax.softmax_cross_entropy(jnp.log(sure), sure)",
        "keras.losses.CategoricalCrossentropy(from_logits=True)(sure, jnp.log(sure))",
    ],
    "zero times infinity is zero": [
        "optax.safe_softmax_cross_entropy(jnp.log(sure), sure)",
    ],
    "integers where one-hot belongs": [
        "optax.softmax_cross_entropy(z, y)",
        "keras.losses.CategoricalCrossentropy()(y, q)",
    ],
    "three samples, three classes: wrong": [
        "optax.softmax_cross_entropy(z[:3], y[:3])",
    ],
    "one sample: wrong": [
        "optax.softmax_cross_entropy(z[:1], y[:1])",
    ],
    "a column of integers: wrong": [
        "optax.softmax_cross_entropy(z, y[:, None])",
    ],
    "integers, and classes on axis 1": [
        "keras.losses.SparseCategoricalCrossentropy(axis=1)(y[None], q.T[None])",
    ],
    "one-hot, and classes on axis 1": [
        "keras.losses.CategoricalCrossentropy(axis=1)(onehot.T[None], q.T[None])",
    ],
    "one-hot where integers belong": [
        "optax.softmax_cross_entropy_with_integer_labels(z, onehot)",
        "keras.losses.SparseCategoricalCrossentropy()(onehot, q)",
    ],
    "divided by the sum of the weights": [
        "jnp.average(optax.softmax_cross_entropy_with_integer_labels(z, y), weights=w[y])",
        'keras.losses.SparseCategoricalCrossentropy(reduction="mean_with_sample_weight")('
        "y, q, sample_weight=w[y])",
    ],
    "divided by the number of samples": [
        "(w[y] * optax.softmax_cross_entropy_with_integer_labels(z, y)).mean()",
        "keras.losses.SparseCategoricalCrossentropy()(y, q, sample_weight=w[y])",
        "model.train_on_batch(z, y, class_weight={0: 1.0, 1: 2.0, 2: 4.0})",
    ],
    "divided by the labels that count": [
        "optax.softmax_cross_entropy_with_integer_labels(z, y_pad).mean(where=y_pad >= 0)",
        "keras.losses.SparseCategoricalCrossentropy(ignore_class=-1)(y_pad, q)",
    ],
    "divided by all labels": [
        "keras.losses.SparseCategoricalCrossentropy()(y, q, sample_weight=y_pad >= 0)",
        "keras.losses.SparseCategoricalCrossentropy()(y_pad, q)",
    ],
    "-1 is the last class": [
        "optax.softmax_cross_entropy_with_integer_labels(z, y_pad)",
    ],
    "-100 is NaN": [
        "optax.softmax_cross_entropy_with_integer_labels(z, jnp.where(y_pad < 0, -100, y))",
    ],
    "-100 is class 100 of 200": [
        "optax.softmax_cross_entropy_with_integer_labels(jnp.arange(200.0) / 100, jnp.array(-100))",
    ],
    "smoothed with 0.1": [
        "optax.softmax_cross_entropy(z, optax.smooth_labels(onehot, 0.1)).mean()",
        "keras.losses.CategoricalCrossentropy(label_smoothing=0.1)(onehot, q)",
    ],
    "no such option": [
        "keras.losses.SparseCategoricalCrossentropy(label_smoothing=0.1)",
    ],
    "yes or no": [
        "optax.sigmoid_binary_cross_entropy(s, t).mean()",
        "keras.losses.BinaryCrossentropy(from_logits=True)(t, s)",
        "keras.losses.BinaryCrossentropy()(t, r)",
        "keras.losses.BinaryCrossentropy()(t, r[:, None])",
    ],
    "yes or no, smoothed with 0.1": [
        "keras.losses.BinaryCrossentropy(label_smoothing=0.1)(t, r)",
    ],
    "yes counted three times": [
        "((1 + 2 * t) * optax.sigmoid_binary_cross_entropy(s, t)).mean()",
        "keras.losses.BinaryCrossentropy(from_logits=True)("
        "t[:, None], s[:, None], sample_weight=1 + 2 * t)",
    ],
    "weighted after the mean: wrong": [
        "keras.losses.BinaryCrossentropy(from_logits=True)(t, s, sample_weight=1 + 2 * t)",
    ],
    "logits, taken for probabilities of yes": [
        "keras.losses.BinaryCrossentropy()(t, s)",
    ],
    "(4, 1) against (4,)": [
        "optax.sigmoid_binary_cross_entropy(s[:, None], t).mean()",
    ],
    "D(p || q)": [
        "optax.kl_divergence(jnp.log(q), p).mean()",
        "jax.scipy.special.rel_entr(p, q).sum(axis=1).mean()",
        "keras.losses.KLDivergence()(p, q)",
    ],
    "D(q || p), cut off at 1e-7": [
        "keras.losses.KLDivergence()(q, p)",
    ],
    "probabilities, taken for logarithms": [
        "optax.kl_divergence(q, p).mean()",
    ],
    "focal loss, gamma 2": [
        "keras.losses.CategoricalFocalCrossentropy(alpha=1.0)(onehot, q)",
    ],
    "a quarter of it": [
        "keras.losses.CategoricalFocalCrossentropy()(onehot, q)",
    ],
    "focal loss of yes or no, gamma 2": [
        "optax.losses.sigmoid_focal_loss(s, t).mean()",
        "keras.losses.BinaryFocalCrossentropy()(t, r)",
    ],
    "yes counted 0.25 times, no 0.75 times": [
        "optax.losses.sigmoid_focal_loss(s, t, alpha=0.25).mean()",
        "keras.losses.BinaryFocalCrossentropy(apply_class_balancing=True)(t, r)",
    ],
}


def plain(value: Any) -> Any:
    """Return a number or a list of numbers as JSON can keep it."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    # The page compares to a part in 100,000, of which small numbers need more decimals.
    return round(value, 6 if abs(value) > 0.05 else 8) + 0.0 if math.isfinite(value) else str(value)


def made() -> dict[str, Any]:
    """Return the versions, the arrays, and what each call gave."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    import jax
    import jax.numpy as jnp
    import keras
    import numpy as np
    import optax

    names: dict[str, Any] = {"jax": jax, "jnp": jnp, "keras": keras, "optax": optax}
    for name, values in DATA.items():
        names[name] = jnp.asarray(values)
    names["z"] = jnp.log(names["q"]) + 1
    names["s"] = jnp.log(names["r"] / (1 - names["r"]))
    # Class weights are an option of training; this model has nothing to learn.
    names["model"] = keras.Sequential([keras.Input((3,)), keras.layers.Softmax()])
    names["model"].compile(loss="sparse_categorical_crossentropy")

    def row(call: str) -> dict[str, Any]:
        try:
            value = eval(call, names)
        except (TypeError, ValueError) as error:
            return {"call": call, "error": f"{type(error).__name__}: {error}".splitlines()[0]}
        return {"call": call, "value": plain(np.asarray(value, dtype=float).tolist())}

    return {
        "versions": {name: version(name) for name in ("jax", "optax", "keras")},
        "backend": keras.config.backend(),
        "data": DATA,
        "rows": {title: [row(call) for call in calls] for title, calls in CALLS.items()},
    }


def main() -> None:
    """Compute everything, and keep it."""
    RESULTS.write_text(f"{json.dumps(made(), indent=1)}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
