"""What `diagnose` can say: findings, filled in from the one table that holds their words.

`findings.json` has for each code its severity, summary, fix and link, and variants that replace
some of these. A name in braces stands for a number of the evidence, and "{*}" in a line of code for
the other options of the call that was diagnosed (`completed`). The order of the codes is that of
gravity among findings of one severity.
"""

from __future__ import annotations

import functools
import html
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib import resources
from numbers import Integral, Real
from typing import Any, Literal, TypeAlias

import numpy as np

from lossutils._call import LOSS_NAMES, Call, options_in_code, our_name

Severity: TypeAlias = Literal["error", "warning", "note"]

_SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@functools.cache
def table() -> dict[str, dict[str, Any]]:
    """Return the table of all findings, by code."""
    text = resources.files("lossutils").joinpath("findings.json").read_text(encoding="utf-8")
    rows: dict[str, dict[str, Any]] = json.loads(text)
    return rows


@dataclass(frozen=True)
class Finding:
    """One thing that a diagnosis has to say about a call.

    Attributes
    ----------
    code : str
        Its name, which stays the same from version to version.
    severity : {"error", "warning", "note"}
        An error makes the result wrong or prevents it; a warning is wrong in most programs; a note
        is worth knowing.
    summary : str
        What was found, in a sentence or two.
    evidence : mapping from str to number or str
        What shows it: "seen" says where ("graph", "values", "shapes", "types", "options", "call" or
        "steps"), the rest are numbers and places.
    fix : str
        The line of code that mends it.
    link : str
        The place in the book: page and anchor.
    """

    code: str
    severity: Severity
    summary: str
    evidence: Mapping[str, Any] = field(hash=False)
    fix: str
    link: str

    def __str__(self) -> str:
        return "\n".join(
            [
                f"{self.severity}: {self.code}",
                f"    {self.summary}",
                f"    seen in {self._evidence_text()}",
                f"    fix: {self.fix}",
                f"    see: {self.link}",
            ]
        )

    def _evidence_text(self) -> str:
        seen, *rest = (
            text(value) if name == "seen" else f"{name.replace('_', ' ')} {text(value)}"
            for name, value in self.evidence.items()
        )
        return f"{seen}: {', '.join(rest)}" if rest else seen

    def _repr_html_(self) -> str:
        return Diagnosis([self])._repr_html_()

    def rank(self) -> tuple[int, int]:
        """Return the place in the order of gravity, the gravest first."""
        return _SEVERITIES.index(self.severity), list(table()).index(self.code)


class Diagnosis(tuple[Finding, ...]):
    """Findings, the gravest first. Prints as text, and in a notebook as a list."""

    __slots__ = ()

    def __new__(cls, findings: Iterable[Finding] = ()) -> Diagnosis:
        return super().__new__(cls, sorted(findings, key=Finding.rank))

    @property
    def ok(self) -> bool:
        """Whether there is neither an error nor a warning."""
        return all(finding.severity == "note" for finding in self)

    @property
    def codes(self) -> tuple[str, ...]:
        """The findings' codes, in their order."""
        return tuple(finding.code for finding in self)

    def __str__(self) -> str:
        return "\n\n".join(map(str, self)) if self else "Nothing found."

    __repr__ = __str__

    def _repr_html_(self) -> str:
        if not self:
            return "<p>Nothing found.</p>"
        items = "\n".join(
            f"<li><p><strong>{finding.severity}: <code>{finding.code}</code></strong><br>"
            f"{html.escape(finding.summary)}<br>"
            f"Seen in {html.escape(finding._evidence_text())}.</p>\n"
            '<pre role="group" aria-label="what mends it" tabindex="0" style="overflow-x: auto">'
            f"<code>{html.escape(finding.fix)}</code></pre>\n"
            f"<p>See {html.escape(finding.link)}</p></li>"
            for finding in self
        )
        return f'<ul aria-label="findings, the gravest first">\n{items}\n</ul>'


def finding(code: str, variant: str = "", /, *, seen: str, **evidence: Any) -> Finding:
    """Return the finding with its words from the table, numbers filled in from the evidence."""
    row = table()[code]
    row = {**row, **row["variants"][variant]} if variant else row
    known = {name: value for name, value in evidence.items() if value is not None}
    filled = {name: filled_in(row[name], known) for name in ("summary", "fix")}
    # What only names a part of the code is no evidence.
    shown = {
        name: value
        for name, value in known.items()
        if name not in ("loss", "message", "dim", "ignored", "at", "mask", "right", "part")
    }
    return Finding(
        code,
        row["severity"],
        filled["summary"],
        {"seen": seen, **shown},
        filled["fix"],
        row["link"],
    )


# What the lines of the table say to tensors, and how the same is said to NumPy's arrays.
_IN_NUMPY = {
    r"^target = F\.interpolate\(.*": "# resize the target to the input's height and width, by the nearest pixel",
    r"\b(\w+)\.movedim\(": r"np.moveaxis(\1, ",
    r"\b(\w+)\.expand_as\((\w+)\)": r"np.broadcast_to(\1, \2.shape)",
    r"\b(\w+)\.masked_fill\(\w+\.isneginf\(\), ([^)]+)\)": r"np.where(np.isneginf(\1), \2, \1)",
    r"\b(\w+)\.isfinite\(\)": r"np.isfinite(\1)",
    r"\b(\w+)\.nan_to_num\(\)": r"np.nan_to_num(\1)",
    r"(\b\w+|\([^)]*\))\.softmax\(dim=": r"lossutils.softmax(\1, axis=",
    r"\btorch\.ones\(": "np.ones(",
    r"\.unsqueeze\(-1\)": "[..., None]",
    r"\.long\(\)": ".astype(np.int64)",
    r"\.byte\(\)": ".astype(np.uint8)",
    r"\.float\(\)": ".astype(np.float32)",
    r"\.to\((\w+\.dtype)\)": r".astype(\1)",
    r"\.clamp\(min=": ".clip(",
    r"\bkeepdim=": "keepdims=",
    r"\bdim=": "axis=",
}


def completed(found: Finding, call: Call) -> Finding:
    """Return the finding with a fix that is the caller's own call but for what it mends.

    "{*}" becomes the options that the caller gave, as far as the loss in the line has them and the
    line does not set them itself. "{* -name}" leaves one out; "{*.float()}" converts the weights.
    A call of ours on NumPy's arrays gets a line for NumPy's arrays.
    """
    line = found.fix

    def others(match: re.Match[str]) -> str:
        loss = re.findall(rf"\.({'|'.join(LOSS_NAMES)})\(", line)[-1]
        set_here = re.findall(r"\b(\w+)=", line) + re.findall(r"-(\w+)", match[1])
        of_arrays = match[1] if match[1].startswith(".") else ""
        return "".join(
            f", {name}={value}"
            for name, value in options_in_code(call, LOSS_NAMES[loss], of_arrays).items()
            if name not in set_here
        )

    line = re.sub(r"\{\*(.*?)\}", others, line)
    if call.source == "lossutils":
        line = re.sub(
            rf"\bF\.({'|'.join(LOSS_NAMES)})\(", lambda m: f"lossutils.{our_name(m[1])}(", line
        )
        line = re.sub(r"\bF\.log_softmax\(([\w. /]+), dim", r"lossutils.log_softmax(\1, axis", line)
        if isinstance(call.input, np.ndarray):
            for torch, numpy in _IN_NUMPY.items():
                line = re.sub(torch, numpy, line)
    return replace(found, fix=line)


def filled_in(template: str, values: Mapping[str, Any]) -> str:
    """Return the template with each name in braces replaced by its value."""
    return re.sub(r"\{(\w+)\}", lambda match: text(values[match[1]]), template)


def text(value: Any) -> str:
    """Return a number to four digits; anything else as it prints."""
    if isinstance(value, Real) and not isinstance(value, Integral):
        return f"{float(value):.4g}".replace("inf", "∞").replace("nan", "NaN")
    return str(value)
