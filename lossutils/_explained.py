"""What `explain` returns: a call's samples and totals as data, as text and as tables in HTML."""

from __future__ import annotations

import html
import math
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_SAMPLES = 10  # of a larger batch, half as many of the largest losses and of the smallest
MOST_CLASSES = 20  # of a sample with more, those that the gradient moves most
_IN_A_LINE = 6  # as many classes fit side by side, or numbers into a cell
_COLUMNS = 76  # what a page shows without scrolling


@dataclass(frozen=True, eq=False)
class Sample:
    """One sample of a call: a row of classes, or a single yes or no.

    Prints as a table of its classes.

    Attributes
    ----------
    place : tuple of int
        Its indices in the batch, without the axis of classes; () if there is no other axis.
    input : array
        What was read: a number for each class, or one number.
    log : array
        Log-probabilities of the classes; of yes and no where there are no classes.
    target : int, float or array
        The class index, the chance of yes, or the probabilities (or their logarithms) as given.
    ignored : bool
        Whether the target is `ignore_index`. Then everything below is 0.
    weight : float or array
        What the sample counts by its class, or each class by itself where the target holds
        probabilities.
    factors : array
        What each -log q_k is multiplied by: target, smoothing and weight together.
    terms : array
        What each class adds to the loss.
    own, spread : float
        The loss's parts: of the label, and of what smoothing spreads over the classes if the
        target is an index.
    loss : float
        What the sample adds to the numerator.
    share : float
        What it adds to the result: its loss over the divisor.
    floor : float
        The least that its loss could be.
    gradient : array
        The derivative of the result (of the sum for "none") in each number of `input`.
    """

    place: tuple[int, ...]
    input: NDArray[Any]
    log: NDArray[Any]
    target: Any
    ignored: bool
    weight: Any
    factors: NDArray[Any]
    terms: NDArray[Any]
    own: float
    spread: float
    loss: float
    share: float
    floor: float
    gradient: NDArray[Any]

    @property
    def name(self) -> str:
        """Its place as text."""
        return ", ".join(map(str, self.place)) or "the only one"

    def is_target(self, k: int) -> bool:
        """Whether the target is the index of class `k`."""
        return isinstance(self.target, int) and not self.ignored and self.target == k

    def __str__(self) -> str:
        return _classes_of(self).text()

    __repr__ = __str__


@dataclass(frozen=True, eq=False)
class Explanation:
    """What `explain` returns.

    Prints as text of at most 76 columns; a notebook shows it as tables.

    Attributes
    ----------
    call : str
        The call as a line of code.
    loss : str
        Its name in `torch.nn.functional`.
    reading : tuple of str
        What the input and the target were read as, with shapes and dtypes.
    formula : str
        What a sample adds.
    reduction : str
        "mean", "sum", "none" or "batchmean".
    samples : tuple of Sample
        Every sample of a batch of up to ten. Of a larger one the five largest losses, largest
        first, and the five smallest, smallest first, without ignored samples.
    shape : tuple of int
        The shape of the samples.
    ignored, weightless : int
        How many samples are ignored, and how many of the others have weight 0.
    least, most : float
        The smallest and the largest finite loss of a sample that counts; NaN if there is none.
    not_finite : int
        How many losses are infinite or NaN.
    numerator, divisor : float
        The sum of the losses, and what it is divided by: 1 for "sum" and "none".
    divided_by : str
        What the divisor counts.
    result : float or None
        The loss; None for "none", whose result is each sample's.
    pytorch : float or None
        What PyTorch returns for the same call; None for "none", and if it was not compared.
    equal : bool or None
        Whether PyTorch gives the same; None if it was not compared.
    verdict : str
        The same in words, with the difference or the reason.
    floor : float
        The least result that these targets and options allow, whatever the input (for "none", of
        the sum): -inf if there is none, NaN if the result is NaN whatever the input.
    problem_floor : None
        The least that the problem allows, which a batch can't tell.
    noise : float
        How far results may be apart and still count as equal.
    note : str
        What the explanation leaves out, if anything.
    unit : str
        What `samples` are: "sample", "element" or "row".
    rounding : float
        The relative error of one operation.
    weighted, smoothed : bool
        Whether there are weights, and label smoothing.
    """

    call: str
    loss: str
    reading: tuple[str, str]
    formula: str
    reduction: str
    samples: tuple[Sample, ...]
    shape: tuple[int, ...]
    ignored: int
    weightless: int
    least: float
    most: float
    not_finite: int
    numerator: float
    divisor: float
    divided_by: str
    result: float | None
    pytorch: float | None
    equal: bool | None
    verdict: str
    floor: float
    noise: float
    note: str = ""
    unit: str = "sample"
    rounding: float = 0.0
    weighted: bool = False
    smoothed: bool = False
    problem_floor: None = None

    @property
    def count(self) -> int:
        """How many samples there are, ignored ones too."""
        return math.prod(self.shape)

    @property
    def complete(self) -> bool:
        """Whether `samples` holds all of them."""
        return len(self.samples) == self.count

    def __str__(self) -> str:
        paragraphs = [
            "\n".join(_wrapped(line) for line in self._heading()),
            *(table.text() for table in self._tables()),
        ]
        return "\n\n".join(filter(None, paragraphs))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        heading = "".join(f"<p>{html.escape(line)}</p>\n" for line in self._heading()[1:])
        tables = "\n".join(table.html() for table in self._tables())
        details = "\n".join(
            f"<details><summary>{html.escape(table.caption)}</summary>\n{table.html()}\n</details>"
            for table in map(_classes_of, self.samples)
        )
        return f"<p><code>{html.escape(self.call)}</code></p>\n{heading}{tables}\n{details}".strip()

    def _heading(self) -> list[str]:
        """Return the call, what its arguments were read as, and what a sample adds."""
        lines = [self.call]
        lines += [f"{name}: {read}" for name, read in zip(("input", "target"), self.reading)]
        lines.append(f"{'An' if self.unit[0] in 'aeiou' else 'A'} {self.unit} adds {self.formula}.")
        if self.note:
            lines.append(self.note)
        if not self.complete:
            lines.append(self._summary())
        return lines

    def _summary(self) -> str:
        said = [f"{self.count:,} {self.unit}s"]
        if self.ignored:
            said.append(f"{self.ignored:,} of them ignored")
        if self.weightless:
            said.append(f"{self.weightless:,} of weight 0")
        if self.not_finite:
            losses = "loss" if self.not_finite == 1 else "losses"
            said.append(f"{self.not_finite:,} {losses} infinite or NaN")
        text = ", ".join(said)
        if not math.isnan(self.least):
            text += f"; finite losses from {number(self.least)} to {number(self.most)}"
        if len(self.samples) == MOST_SAMPLES and 0 < self.numerator < math.inf:
            top = sum(sample.loss for sample in self.samples[: MOST_SAMPLES // 2])
            text += f"; the {MOST_SAMPLES // 2} largest add {100 * top / self.numerator:.1f} % of the sum"
        return f"{text}."

    def _tables(self) -> Iterator[_Table]:
        if self.samples:
            which = (
                f"Each {self.unit}" if self.complete else "The largest losses, then the smallest"
            )
            columns = list(self._columns())
            yield _Table(
                which,
                [self.unit, *(title for title, _ in columns)],
                [[s.name, *(cell(s) for _, cell in columns)] for s in self.samples],
            )
        yield _Table(
            "From the losses to the result", ["quantity", "value", "what it is"], [*self._totals()]
        )
        if any(sample.input.ndim and sample.input.size for sample in self.samples):
            yield self._gradients()

    def _columns(self) -> Iterator[tuple[str, Callable[[Sample], str]]]:
        """Yield each column after the sample's name: its heading and a sample's cell."""
        indices = any(isinstance(sample.target, int) for sample in self.samples)
        if indices:
            yield "target", lambda s: f"{s.target}, ignored" if s.ignored else str(s.target)

            def of_target(x: str) -> Callable[[Sample], str]:
                return lambda s: "–" if s.ignored else number(getattr(s, x)[s.target])

            if self.loss != "nll_loss":
                yield "logit z_y", of_target("input")
            yield "log q_y", of_target("log")
            if self.loss == "focal_loss":
                yield "times", of_target("factors")
            elif self.weighted:
                yield "weight", lambda s: "–" if s.ignored else number(s.weight)
            if self.smoothed:
                yield "own part", lambda s: number(s.own)
                yield "smoothing", lambda s: number(s.spread)
        elif any(sample.input.ndim for sample in self.samples):
            yield "target", lambda s: _numbers(s.target)
            yield "log q", lambda s: _numbers(s.log)
        else:
            yield "target", lambda s: number(s.target)
            if self.loss == "binary_cross_entropy":
                yield "p", lambda s: number(s.input)
            else:
                yield "logit", lambda s: number(s.input)
                yield "p", lambda s: number(np.exp(s.log[0]))
            yield "log p", lambda s: number(s.log[0])
            yield "log(1-p)", lambda s: number(s.log[1])
            if self.weighted:
                yield "times", lambda s: _numbers(s.factors)
        yield "loss", lambda s: number(s.loss if self._is_more_than_rounding(s) else 0)
        if self.reduction != "none":
            yield "of result", lambda s: number(s.share if self._is_more_than_rounding(s) else 0)
        if any(not sample.input.ndim for sample in self.samples):
            yield "gradient", lambda s: number(self._slope(s, s.gradient))

    def _is_more_than_rounding(self, s: Sample) -> bool:
        """Whether the loss is not only what rounding leaves of terms that cancel."""
        return not abs(s.loss) <= 4 * self.rounding * float(np.sum(np.abs(s.terms)))

    def _slope(self, s: Sample, g: Any) -> Any:
        """Return a number of the gradient, 0 where it is only what rounding leaves of it."""
        size = float(np.sum(np.abs(s.factors))) / abs(self.divisor or 1.0)
        return 0.0 if abs(g) <= 4 * self.rounding * size else g

    def _totals(self) -> Iterator[list[str]]:
        yield ["sum of the losses", number(self.numerator, 6), self._counted()]
        if self.divided_by:
            yield ["divided by", number(self.divisor, 6), self.divided_by]
        if self.result is None:
            yield ["result", "each loss", self.verdict]
            if 0 < self.ignored < self.count:
                yield ["result.mean()", number(self.numerator / self.count, 6), self._diluted()]
        else:
            yield ["result", number(self.result, 6), self.verdict]
        yield ["floor of the call", self._floor(), self._above()]
        yield [
            "floor of the problem",
            "unknown",
            "no batch shows how often equal inputs differ in label",
        ]

    def _counted(self) -> str:
        ignored = f", {self.ignored:,} of them ignored" if self.ignored else ""
        return f"of {self.count:,} {self.unit}{'' if self.count == 1 else 's'}{ignored}"

    def _diluted(self) -> str:
        """Say what a mean by hand makes of losses whose ignored samples are 0."""
        counted = self.count - self.ignored
        return (
            f"the ignored ones add 0 and are counted: over the other {counted:,} it is "
            f"{number(self.numerator / counted, 6)}"
        )

    def _floor(self) -> str:
        return "0" if abs(self.floor) <= self.noise else number(self.floor, 6)

    def _above(self) -> str:
        """Return how far above its floor the result is, or why there is no floor."""
        if math.isnan(self.floor):
            return "these targets and options give NaN whatever the input"
        if self.floor == -math.inf:
            return "a negative weight or target: the loss falls without bound"
        least = "the least with these targets and options"
        result = self.numerator if self.result is None else self.result
        if not math.isfinite(result):
            return least
        gap, close = result - self.floor, self.noise * max(1.0, abs(self.floor))
        if gap < -close:
            return f"{least}; below it: the input is not what the loss takes it for"
        if gap <= close:
            return f"{least}; reached"
        return f"{least}; {number(gap)} below the {'sum' if self.result is None else 'result'}"

    def _gradients(self) -> _Table:
        of = "sum" if self.reduction == "none" else "result"
        what = "log-probability" if self.loss in ("nll_loss", "kl_div") else "logit"
        caption = f"Gradient of the {of} by {what}"
        few = max(sample.input.size for sample in self.samples) <= _IN_A_LINE
        marked = any(isinstance(sample.target, int) for sample in self.samples)
        if few:
            if marked:
                caption += ", * at the target’s"
            head = [self.unit, *(f"class {k}" for k in range(self.samples[0].input.size))]
            rows = [
                [
                    s.name,
                    *(
                        number(self._slope(s, g)) + ("*" if s.is_target(k) else "")
                        for k, g in enumerate(s.gradient)
                    ),
                ]
                for s in self.samples
            ]
            return _Table(caption, head, rows)
        largest = f"largest{' others' if marked else ''}: class and gradient"
        head = [self.unit, *(["at the target’s"] if marked else []), largest]
        rows = []
        for s in self.samples:
            others = [k for k in _steepest(s) if not s.is_target(k)][:3]
            cells = [s.name]
            if marked:
                own = 0.0 if s.ignored else s.gradient[s.target]
                cells.append("–" if s.ignored else number(self._slope(s, own)))
            cells.append(", ".join(f"{k}: {number(self._slope(s, s.gradient[k]))}" for k in others))
            rows.append(cells)
        return _Table(caption, head, rows)


def _classes_of(s: Sample) -> _Table:
    """Return a sample's table: a line for each class, or for yes and no."""
    caption = f"Sample {s.name}, class by class" if s.place else "The sample, class by class"
    if not s.input.ndim:
        head = ["outcome", "log q", "times", "adds"]
        rows = [
            [name, number(s.log[k]), number(s.factors[k]), number(s.terms[k])]
            for k, name in enumerate(("yes", "no"))
        ]
        return _Table(caption.replace("class by class", "yes and no"), head, rows)
    chosen = range(len(s.input))
    if len(chosen) > MOST_CLASSES:
        chosen = sorted(_steepest(s)[:MOST_CLASSES])  # type: ignore[assignment]
        caption += f": the {MOST_CLASSES} of {len(s.input):,} with the largest gradients"
    head = ["class", "input", "log q", "q", "times", "adds", "gradient"]
    rows = [
        [
            f"{k}, target" if s.is_target(k) else str(k),
            *(
                number(x[k])
                for x in (s.input, s.log, np.exp(s.log), s.factors, s.terms, s.gradient)
            ),
        ]
        for k in chosen
    ]
    return _Table(caption, head, rows)


def _steepest(s: Sample) -> list[int]:
    """Return the classes in the order of their gradients, the target's and the largest first."""
    size = np.where(np.isnan(s.gradient), np.inf, np.abs(s.gradient))
    if isinstance(s.target, int) and not s.ignored:
        size[s.target] = np.inf
    return [int(k) for k in np.argsort(-size, kind="stable")]


def number(x: Any, digits: int = 4) -> str:
    """Return the number in so many digits, without a sign for 0."""
    return f"{float(x) + 0.0:.{digits}g}"


def _numbers(x: NDArray[Any]) -> str:
    """Return up to four numbers, or the first three and an ellipsis."""
    shown = [number(each, 3) for each in x[: 3 if len(x) > 4 else 4]]
    return ", ".join([*shown, "…"] if len(x) > 4 else shown)


def _wrapped(text: str) -> str:
    return textwrap.fill(
        text, _COLUMNS, subsequent_indent="  ", break_on_hyphens=False, break_long_words=True
    )


@dataclass(frozen=True)
class _Table:
    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    def text(self) -> str:
        """Return the table in lines of at most 76 columns: too wide a one is cut into several."""
        lines = [self.caption]
        for columns in self._parts():
            cells = [[line[k] for k in columns] for line in (self.head, *self.rows)]
            widths = [max(map(len, column)) for column in zip(*cells)]
            for line in cells:
                left = [cell.ljust(width) for cell, width in zip(line, widths)]
                lines += _fitted(left, widths)
        return "\n".join(lines)

    def _parts(self) -> list[list[int]]:
        """Return which columns stand side by side: the first in each part."""
        widths = [
            max(len(line[k]) for line in (self.head, *self.rows)) for k in range(len(self.head))
        ]
        parts, room = [[0]], _COLUMNS - widths[0]
        for k, width in enumerate(widths[1:], start=1):
            if width + 2 > room and len(parts[-1]) > 1 and width < _COLUMNS // 2:
                parts.append([0])
                room = _COLUMNS - widths[0]
            parts[-1].append(k)
            room -= width + 2
        return parts

    def html(self) -> str:
        caption = html.escape(self.caption)
        head = "".join(f'<th scope="col">{html.escape(title)}</th>' for title in self.head)
        body = "\n".join(
            f'<tr><th scope="row">{html.escape(name)}</th>'
            + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
            + "</tr>"
            for name, *cells in self.rows
        )
        # A wide table scrolls by touch, and by arrow keys when it is focused.
        return (
            f'<div role="group" aria-label="{caption}" tabindex="0" style="overflow-x: auto">\n'
            f"<table>\n<caption>{caption}</caption>\n<thead><tr>{head}</tr></thead>\n"
            f"<tbody>\n{body}\n</tbody>\n</table>\n</div>"
        )


def _fitted(cells: list[str], widths: list[int]) -> list[str]:
    """Return a line of the table; the last cell goes on below where it does not fit."""
    before = "  ".join(cells[:-1])
    indent = len(before) + 2
    last = cells[-1].rstrip()
    room = max(20, _COLUMNS - indent)
    pieces = textwrap.wrap(last, room, break_on_hyphens=False) or [""]
    return [
        f"{before}  {pieces[0]}".rstrip(),
        *(" " * indent + piece for piece in pieces[1:]),
    ]
