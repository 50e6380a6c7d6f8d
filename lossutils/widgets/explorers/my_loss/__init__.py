"""What a loss can mean: a number and how many classes there are, and the readings nearest first."""

from __future__ import annotations

import math
from numbers import Integral
from typing import Any, NamedTuple

import traitlets

from lossutils.widgets.base import StandaloneFigure, front_end
from lossutils.widgets.settings import Refused, RefusedType, scalar

MOST_CLASSES = 1_000_000
ALPHA = 0.1
# What each reading says, for Python and the page alike; {at} is the loss that it is about.
TEXTS = {
    "nan": "**It is not a number.** [Three questions in order](cross-entropy-loss.ipynb#the-loss-is-nan) "
    "find the step that gave the first `nan`. If it comes [once in a while]"
    "(weighted-cross-entropy.ipynb#the-loss-is-nan-once-in-a-while), a batch may have no target "
    "that counts; in a divergence it may be [zero times infinity]"
    "(kl-divergence.ipynb#the-loss-is-nan-zero-times-infinity).",
    "infinite": "**Something happened that had probability 0,** or a sum was too large for "
    "[float16](gpu-and-scale.ipynb#half-precision-how-far-off). The zero may be [in the forecast]"
    "(kl-divergence.ipynb#two-kinds-of-zero), but more often it is made by [a softmax, then a logarithm]"
    "(softmax-and-nll.ipynb#large-logits-the-formula-and-the-computer).",
    "negative": "**No cross-entropy of classes is below 0.** Look first for scores or probabilities "
    "where logarithms belong: [in `NLLLoss`](softmax-and-nll.ipynb#the-second-half-nll-loss) or "
    "[in `KLDivLoss`]"
    "(kl-divergence.ipynb#the-loss-is-negative-probabilities-where-logarithms-belong). If it is "
    "neither, [the table](which-loss.md#a-loss-that-misbehaves) names targets outside 0 to 1 "
    "and negative weights.",
    "zero": "**Near 0: the right class gets nearly all of the probability.** On training data that "
    "may be [memory](training.ipynb#reading-the-log). On new data it is rare: see whether the "
    "label has slipped into the input. Exactly 0 has [causes of its own]"
    "(common-errors.ipynb#the-loss-is-0).",
    "uniform": "**log {classes} = {at}: all classes are equally likely.** An untrained network "
    "[starts here](training.ipynb#reading-the-log). One that stays here has learnt nothing, is too "
    "sure of what it has learnt, or has [its classes along another axis]"
    "(cross-entropy-loss.ipynb#the-loss-is-plausible-and-wrong-the-class-axis-last).",
    "fair": "**log 2 = {at}: a coin.** The model answers [yes and no with equal probability]"
    "(binary-cross-entropy.ipynb#the-definition). An untrained network [starts here]"
    "(training.ipynb#reading-the-log); one that stays here has learnt nothing, or "
    "is too sure of what it has learnt.",
    "coin": "**log 2 = {at}: a coin.** If the {classes} classes are {classes} yes-or-no questions, "
    "the model answers each [with one half](binary-cross-entropy.ipynb#the-definition).",
    "bits": "**log₂ {classes} = {at}: all classes are equally likely, in bits.** The logarithm has "
    "[a different base](entropy.ipynb#the-wrong-base) from PyTorch's.",
    "digits": "**log₁₀ {classes} = {at}: all classes are equally likely,** and the logarithm has "
    "[a different base](entropy.ipynb#the-wrong-base) from PyTorch's: 10.",
    "sum": "**{samples} × log {classes} = {at}: all classes are equally likely,** and the loss is "
    "[a sum](weighted-cross-entropy.ipynb#two-reductions-two-answers) over {samples} samples, not "
    "their mean.",
    "twice": "**{at} is the floor of softmax applied twice.** `CrossEntropyLoss` has a softmax of "
    "its own. [With another before it]"
    "(cross-entropy-loss.ipynb#the-loss-stops-falling-two-activations) no model gets below this.",
    "sigmoid twice": "**{at} is the floor of sigmoid applied twice,** where yes and no are equally "
    "frequent: [one before `BCEWithLogitsLoss`]"
    "(binary-cross-entropy.ipynb#sigmoid-before-bce-with-logits), which has its own.",
    "smoothing": "**{at} is the floor of label smoothing with α = {alpha}:** [the entropy of the "
    "smoothed target](label-smoothing.ipynb#the-floor-and-where-it-is). If you smooth, nothing is "
    "wrong here.",
    "above": "**Above log {classes} = {at}, the loss of knowing nothing: sure, and wrong.** In the "
    "first steps [the logits may be too large](training.ipynb#reading-the-log). Or it is [a sum]"
    "(weighted-cross-entropy.ipynb#two-reductions-two-answers), not a mean, or [in another base]"
    "(entropy.ipynb#the-wrong-base).",
    "below": "**Below log {classes} = {at}: something has been learnt,** if only how frequent each "
    "class is. If it stops here, compare it with a floor: [of hard labels]"
    "(cross-entropy.ipynb#hard-labels-two-floors) or [of soft ones]"
    "(cross-entropy.ipynb#a-loss-that-stops-at-0-55).",
    "perplexity": "As unsure as between [{choices} equally likely classes]"
    "(cross-entropy.ipynb#perplexity-and-the-two-units): as a geometric mean, the right one gets "
    "1/{choices} of the probability.",
    "not twice": "It can't be [softmax applied twice]"
    "(cross-entropy-loss.ipynb#the-loss-stops-falling-two-activations): with labels of one class each, "
    "that stays above {at}.",
}
# A loss may be read from two decimals.
ROUNDING = 0.005
# How far from a number, as a share of it, a loss is still called near; a floor is met from above.
NEAR, ABOVE_FLOOR = 0.05, 0.1
ALMOST_ZERO = 0.05


def landmarks(classes: int) -> dict[str, float]:
    """Return the numbers that a loss may stand at, by the name of the reading."""
    wrong = ALPHA / classes
    right = 1 - ALPHA + wrong
    marks = {
        "fair" if classes == 2 else "uniform": math.log(classes),
        "bits": math.log2(classes),
        "digits": math.log10(classes),
        # Between 1 for the right class and 0 for the others: no softmax gives more.
        "twice": math.log1p((classes - 1) / math.e),
        # A sigmoid gives at most 1 for yes, and at least 0 for no.
        "sigmoid twice": (math.log1p(1 / math.e) + math.log(2)) / 2,
        "smoothing": -right * math.log(right) - (classes - 1) * wrong * math.log(wrong),
    }
    return marks if classes == 2 else marks | {"coin": math.log(2)}


FLOORS = frozenset({"twice", "sigmoid twice", "smoothing"})


def readings(loss: float, classes: int) -> list[tuple[str, float]]:
    """Return the readings of a loss, each with the loss that it is about, in their order."""
    if math.isnan(loss):
        return [("nan", math.nan)]
    if loss < 0:
        return [("negative", 0.0)]
    if math.isinf(loss):
        return [("infinite", math.inf)]
    marks, uniform = landmarks(classes), math.log(classes)
    near = [
        (name, at)
        for name, at in marks.items()
        if (
            -ROUNDING <= loss - at <= ABOVE_FLOOR * at
            if name in FLOORS
            else abs(loss - at) <= max(NEAR * at, ROUNDING)
        )
    ]
    samples = round(loss / uniform)
    if samples > 1 and abs(loss - samples * uniform) <= 2 * ROUNDING:
        near.append(("sum", samples * uniform))
    near.sort(key=lambda reading: abs(loss - reading[1]))
    if loss <= ALMOST_ZERO:
        near.append(("zero", 0.0))
    elif loss > uniform * (1 + NEAR):
        near.append(("above", uniform))
    elif loss < uniform * (1 - NEAR):
        near.append(("below", uniform))
    near.append(("perplexity", loss))
    if loss < marks["twice"] - ROUNDING:
        near.append(("not twice", marks["twice"]))
    return near


def numbers(at: float, loss: float, classes: int) -> dict[str, str]:
    """Return the numbers that a reading names, as they are written."""
    return {
        "at": f"{at:.3f}",
        "classes": str(classes),
        "alpha": str(ALPHA),
        "samples": f"{at / math.log(classes):.0f}",
        "choices": choices(loss),
    }


def choices(loss: float) -> str:
    """Return the perplexity as it is written; one that no reader can picture is cut off."""
    if loss > math.log(MOST_CLASSES):
        return f"{MOST_CLASSES}"
    perplexity = math.exp(loss)
    return f"{perplexity:.{2 if perplexity < 10 else 1 if perplexity < 1000 else 0}f}"


def text_of(loss: Any) -> str:
    """Return a loss as the figure holds it: JSON has no NaN."""
    loss = scalar(loss)
    try:
        if isinstance(loss, bool):
            raise TypeError
        return repr(float(loss))
    except (TypeError, ValueError):
        kind = ValueError if isinstance(loss, str) else TypeError
        raise kind(f"loss must be a number, nan or inf, got {loss!r}") from None


CONSTANTS = {
    "alpha": ALPHA,
    "rounding": ROUNDING,
    "near": NEAR,
    "above_floor": ABOVE_FLOOR,
    "almost_zero": ALMOST_ZERO,
    "most_classes": MOST_CLASSES,
}


class Meaning(NamedTuple):
    """A reading of a loss: `text` is Markdown, `at` the loss that it is about, or NaN."""

    name: str
    text: str
    at: float


class _Classes(traitlets.Int[int, int]):
    def validate(self, obj: Any, value: Any) -> int:
        value = scalar(value)
        if isinstance(value, bool) or not isinstance(value, Integral):
            raise RefusedType(f"classes must be a whole number, got {value!r}")
        if not 2 <= (count := int(value)) <= MOST_CLASSES:
            raise Refused(f"classes must be in [2, {MOST_CLASSES}], got {count}")
        return count


class MyLoss(StandaloneFigure):
    """Say what a loss can mean: the readings in order, nearest first.

    Parameters
    ----------
    loss : float
        The loss, read as a mean over samples, in nats; NaN and infinities too, or a text such as
        "nan".
    classes : int
        How many classes there are, from 2 to 1,000,000; 2 for yes or no.

    Raises
    ------
    ValueError, TypeError
        If one is not of this kind, now or when it is set later.
    """

    _esm, _css, _explorer = front_end(__name__).values()
    _loss = traitlets.Unicode().tag(sync=True)
    classes = _Classes(10).tag(sync=True)
    _texts: traitlets.Dict[str, str] = traitlets.Dict(TEXTS).tag(sync=True)
    _constants: traitlets.Dict[str, float] = traitlets.Dict(CONSTANTS).tag(sync=True)

    def __init__(self, loss: Any = 2.31, classes: int = 10) -> None:
        super().__init__(_loss=text_of(loss), classes=classes)

    @property
    def loss(self) -> float:
        """The loss, a float."""
        return float(self._loss)

    @loss.setter
    def loss(self, value: Any) -> None:
        self._loss = text_of(value)

    @property
    def meanings(self) -> list[Meaning]:
        """What the loss can mean, the nearest number first."""
        return [
            Meaning(name, TEXTS[name].format(**numbers(at, self.loss, self.classes)), at)
            for name, at in readings(self.loss, self.classes)
        ]

    def __repr__(self) -> str:
        return f"MyLoss(loss={self.loss!r}, classes={self.classes})"
