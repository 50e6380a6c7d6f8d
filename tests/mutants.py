"""Break the mathematics in many small ways, and see which breaks no test notices: `make mutants`.

A mutant is the code with one thing changed: an operator, a comparison, a constant, a function, a term
left out. The tests that concern it run on it and must fail. Which mutants are tried is decided by a
hash of what they change, so that an edit in one function doesn't change the choice in others.

Each worker has its own copy of the package and of the tests. It imports once what tests import of
others, and forks for every mutant. Quick tests come before slow ones: most mutants need no others.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import importlib
import json
import os
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "tests" / "mutants.json"
PYTHON = 180
JAVASCRIPT = 60
MOST_UNSEEN = 0.05
# A mutant may loop for ever; the slowest tests of the library take about half of this. It is the
# processor's time: on a busy machine tests take longer, and see no more.
SECONDS = 300

# The modules that a loss or a distribution is computed in. Others read, compare and explain.
MATHEMATICS = [
    "_arrays",
    "_autograd",
    "_batch",
    "_blocks",
    "_chunked_torch",
    "_chunks",
    "_formulas",
    "activations",
    "calibration",
    "chunked",
    "coding",
    "information",
    "losses",
    "smoothing",
    "targets",
    "weights",
]
# These run PyTorch's own samples or other processes, or look at names and words.
ASIDE = {
    "test_chapters.py",
    "test_gpu_results.py",
    "test_memory.py",
    "test_prose_numbers.py",
    "test_public_names.py",
    "test_pytorch_samples.py",
    "test_structure.py",
}
SHARED = {  # what tests the private modules
    "_arrays": ["bad_input", "information"],
    "_autograd": ["torch_transforms", "activations", "losses"],
    "_batch": ["losses", "information"],
    "_blocks": ["losses", "information"],
    "_chunked_torch": ["chunked"],
    "_chunks": ["chunked"],
    "_formulas": ["activations", "losses"],
}
# What runs every function, on reference values and as PyTorch runs its own.
EVERY = ["tests/test_reference.py", "tests/test_torch_transforms.py"]
# What tests import of others, and take longer to import than to run.
IMPORTED = [
    "array_api_strict",
    "hypothesis.extra.numpy",
    "mpmath",
    "nbval.plugin",
    "scipy.special",
    "scipy.stats",
    "sklearn.metrics",
    "torch._dynamo",
    "xdist.plugin",
]
QUICK = "not slow"
# pytest's codes for arguments it can't use, as a file that came since the workshop was made, and for
# no tests, as in a module whose docstrings have no examples.
REFUSED, NO_TESTS = 4, 5
OWN_JAVASCRIPT = "tests/widgets/test_javascript.py::test_its_own_tests_pass"

_EXACT = "It scales by another power of 2, which is as exact, and the sum still can't overflow."
_SCALE = "Math.max(alpha, ...Array.from(counts)) {} ? 2 ** -Math.ceil(Math.log2(4 * counts.length)) : {};"
# Mutants that compute the same to the last digit, and why. What rounds otherwise, like blocks of
# another size, counts as unseen. A test holds that each still exists.
EQUIVALENT: dict[str, str] = {
    "lossutils/_batch.py _cut_elements: `0` -> `1`": (
        "All arrays are of one library, and there are always two, input and target."
    ),
    "lossutils/calibration.py _temperature.slope: `-1` -> `1`": (
        "fit_temperature makes the logits a table, of two axes."
    ),
    "lossutils/calibration.py _temperature.slope: `-1` -> `1` (2)": (
        "fit_temperature makes the logits a table, of two axes."
    ),
    "lossutils/calibration.py expected_calibration_error: `False` -> `True`": (
        "A number is copied that is only read."
    ),
    "lossutils/chunked.py linear_cross_entropy.losses: "
    "`batch.w * xp.ones(classes, **like)` -> `batch.w / xp.ones(classes, **like)`": (
        "Divided by 1 is times 1."
    ),
    "lossutils/coding.py huffman_lengths: `1` -> `2` (4)": (
        "The joins' numbers are labels: they must ascend, with or without gaps."
    ),
    "lossutils/information.py _not_negative: `nats < 0` -> `nats <= 0`": (
        "Where it is 0, 0 is subtracted."
    ),
    "lossutils/losses.py _bounded_logs: `0.5` -> `1.5`": (
        "It stands where the result is not taken, and its slopes are finite too."
    ),
    "lossutils/losses.py cross_entropy_loss: `1` -> `2` (2)": (
        "It differs for a single class, whose log q is 0 with the slope 0."
    ),
    "lossutils/smoothing.py additive_smoothing: `4` -> `5`": _EXACT,
    "lossutils/widgets/js/lossmath/smoothing.js additiveSmoothing: "
    f"`{_SCALE.format('> 1', 1)}` -> `{_SCALE.format('> 1', 2)}`": _EXACT,
    "lossutils/widgets/js/lossmath/smoothing.js additiveSmoothing: "
    f"`{_SCALE.format('> 1', 1)}` -> `{_SCALE.format('>= 1', 1)}`": _EXACT,
}


@dataclass(frozen=True)
class Mutant:
    """One change, and where it stands."""

    file: str
    place: str
    change: str

    @property
    def name(self) -> str:
        return f"{self.file} {self.place}: {self.change}"

    @property
    def rank(self) -> str:
        return hashlib.sha256(self.name.encode()).hexdigest()


# --- What is changed in Python ---------------------------------------------------------------

OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Mult,
}
COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}
FUNCTIONS = {
    "max": "min",
    "min": "max",
    "maximum": "minimum",
    "minimum": "maximum",
    "log": "log1p",
    "log1p": "log",
    "exp": "expm1",
    "expm1": "exp",
    "abs": "negative",
    "any": "all",
    "all": "any",
    "sum": "max",
    "mean": "sum",
    "isinf": "isnan",
    "isnan": "isinf",
}


def swaps(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what may stand in the place of `node`."""
    match node:
        case ast.BinOp(left, op, right):
            if type(op) in OPERATORS:
                yield ast.BinOp(left, OPERATORS[type(op)](), right)
            if isinstance(op, ast.Add | ast.Sub | ast.Mult):
                yield left
        case ast.UnaryOp(ast.USub() | ast.Not(), operand):
            yield operand
        case ast.Compare(left, [op], [right]) if type(op) in COMPARISONS:
            yield ast.Compare(left, [COMPARISONS[type(op)]()], [right])
        case ast.BoolOp(op, values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
        case ast.Constant(bool()):
            yield ast.Constant(not node.value)
        case ast.Constant(int() | float()):
            yield ast.Constant(node.value + 1)
        case ast.Attribute(value, name, context) if name in FUNCTIONS:
            yield ast.Attribute(value, FUNCTIONS[name], context)
        case ast.IfExp(test, body, orelse):
            yield ast.IfExp(test, orelse, body)


# What a definition or an annotation says, which computes nothing. A call's `args` do.
SKIPPED = {"annotation", "returns", "decorator_list", "args"}


def computing(tree: ast.Module) -> Iterator[tuple[str, ast.AST, Callable[[ast.AST], None]]]:
    """Yield each node of the functions' bodies: its function, itself, and what puts another there."""

    def walk(
        parent: ast.AST, place: str
    ) -> Iterator[tuple[str, ast.AST, Callable[[ast.AST], None]]]:
        for field, value in ast.iter_fields(parent):
            if field in SKIPPED and not isinstance(parent, ast.Call):
                continue
            for i, child in enumerate(value if isinstance(value, list) else [value]):
                if not isinstance(child, ast.AST) or isinstance(
                    child, ast.Raise | ast.JoinedStr | ast.Assert | ast.Import | ast.ImportFrom
                ):
                    continue
                inside = place
                if isinstance(child, ast.FunctionDef | ast.ClassDef):
                    inside = f"{place}.{child.name}".lstrip(".")

                def put(
                    new: ast.AST,
                    parent: ast.AST = parent,
                    field: str = field,
                    value: object = value,
                    i: int = i,
                ) -> None:
                    if isinstance(value, list):
                        value[i] = new
                    else:
                        setattr(parent, field, new)

                if inside:
                    yield inside, child, put
                yield from walk(child, inside)

    yield from walk(tree, "")


Change = tuple[Mutant, Callable[[], str]]


def python_mutants(path: Path) -> Iterator[Change]:
    """Yield each mutant, and what writes the whole file as it becomes until the next is asked for."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    seen: Counter[tuple[str, str]] = Counter()
    for place, node, put in list(computing(tree)):
        for new in swaps(node):
            change = f"`{ast.unparse(node)}` -> `{ast.unparse(new)}`"
            seen[place, change] += 1
            if seen[place, change] > 1:
                change += f" ({seen[place, change]})"
            put(new)
            yield (
                Mutant(path.relative_to(ROOT).as_posix(), place, change),
                lambda: ast.unparse(tree),
            )
            put(node)


# --- What is changed in JavaScript -----------------------------------------------------------

# Comments and strings stay.
TOKEN = re.compile(
    r"""(?P<skip>/\*.*?\*/|//[^\n]*|"[^"\n]*"|`[^`]*`|\bimport\b[^;]*;)"""
    r"""|(?P<operator>(?<=\s)(?:===|!==|<=|>=|&&|\|\||[-+*/<>])(?=\s))"""
    r"""|(?P<number>(?<![\w.$])\d+(?:\.\d+)?(?:e-?\d+)?(?![\w.]))"""
    r"""|(?P<function>\bMath\.(?:max|min|log1p|log|expm1|exp|abs)\b)""",
    re.DOTALL | re.VERBOSE,
)
JS_OPERATORS = {
    "===": "!==",
    "!==": "===",
    "<": "<=",
    "<=": "<",
    ">": ">=",
    ">=": ">",
    "&&": "||",
    "||": "&&",
    "+": "-",
    "-": "+",
    "*": "/",
    "/": "*",
}
JS_FUNCTION = re.compile(r"^(?:export )?function (\w+)", re.MULTILINE)


def javascript_mutants(path: Path) -> Iterator[Change]:
    text = path.read_text(encoding="utf-8")
    places = [(match.start(), match[1]) for match in JS_FUNCTION.finditer(text)]
    seen: Counter[tuple[str, str]] = Counter()
    for token in TOKEN.finditer(text):
        if token["skip"]:
            continue
        place = next((name for start, name in reversed(places) if start < token.start()), "")
        if token["operator"]:
            new = JS_OPERATORS[token[0]]
        elif token["number"]:
            new = f"{token[0]}1" if "." in token[0] or "e" in token[0] else str(int(token[0]) + 1)
        else:
            new = f"Math.{FUNCTIONS[token[0].removeprefix('Math.')]}".replace("negative", "sign")
        start = text.rfind("\n", 0, token.start()) + 1
        line = text[start : text.find("\n", token.start())]
        at = token.start() - start
        changed = f"{line[:at]}{new}{line[at + len(token[0]) :]}"
        change = f"`{line.strip()}` -> `{changed.strip()}`"
        seen[place, change] += 1
        if seen[place, change] > 1:
            change += f" ({seen[place, change]})"
        source = f"{text[: token.start()]}{new}{text[token.end() :]}"
        mutant = Mutant(path.relative_to(ROOT).as_posix(), place, change)
        yield mutant, lambda source=source: source


# --- Which are tried, and by which tests -----------------------------------------------------


def all_mutants() -> tuple[list[Mutant], list[Mutant]]:
    """Return the mutants of lossutils' Python and of js/lossmath, each in the order of its rank."""
    package = ROOT / "lossutils"
    scripts = sorted((package / "widgets" / "js" / "lossmath").glob("*.js"))
    python = [
        mutant for name in MATHEMATICS for mutant, _ in python_mutants(package / f"{name}.py")
    ]
    javascript = [mutant for path in scripts for mutant, _ in javascript_mutants(path)]
    return sorted(python, key=lambda m: m.rank), sorted(javascript, key=lambda m: m.rank)


def broken(mutant: Mutant) -> str:
    """Return the mutant's file with its change."""
    mutants = javascript_mutants if mutant.file.endswith(".js") else python_mutants
    return next(source() for other, source in mutants(ROOT / mutant.file) if other == mutant)


def stages(mutant: Mutant) -> list[tuple[str, list[str]]]:
    """Return the tests that concern a mutant, and their mark: first those of its own module."""
    if mutant.file.endswith(".js"):
        return [("", [OWN_JAVASCRIPT]), ("", ["tests/widgets/test_lossmath_parity.py"])]
    name = Path(mutant.file).stem
    own = [f"tests/test_{each}.py" for each in SHARED.get(name, [name])]
    files = sorted(path.name for path in (ROOT / "tests").glob("test_*.py"))
    aside = ASIDE | {file for file in files if file.startswith("test_run_")}
    first = [mutant.file, *(file for file in own if (ROOT / file).exists())]
    every = [file for file in EVERY if file not in own]
    rest = [
        file
        for name in files
        if name not in aside and (file := f"tests/{name}") not in {*own, *every}
    ]
    return [(QUICK, first), (QUICK, every), (QUICK, rest), ("slow", [*first, *every, *rest])]


# --- Running ---------------------------------------------------------------------------------


class Workshop:
    """A copy of what the tests need, in which one file at a time is broken."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("lossutils", "tests", "benchmarks", "chapters"):
            shutil.copytree(
                ROOT / name,
                folder / name,
                ignore=shutil.ignore_patterns("__pycache__", "node_modules", "browser"),
            )
        for path in ROOT.iterdir():
            if path.is_file():
                shutil.copy(path, folder)
        js = Path("lossutils", "widgets", "js", "node_modules")
        (folder / js).symlink_to(ROOT / js)

    def failure_unbroken(self, mutants: list[Mutant]) -> str | None:
        """Run on the sound code all tests that the mutants need; return the first that fails."""
        needed = {test for mutant in mutants for _, tests in stages(mutant) for test in tests}
        return self.failure("", sorted(needed), None)

    def sees(self, mutant: Mutant) -> str | None:
        """Return what saw the mutant: a test's name, or how the tests ended; None if nothing did."""
        path = self.folder / mutant.file
        sound = path.read_text(encoding="utf-8")
        path.write_text(broken(mutant), encoding="utf-8")
        try:
            for mark, tests in stages(mutant):
                seen = self.failure(mark, tests)
                if seen:
                    return seen
            return None
        finally:
            path.write_text(sound, encoding="utf-8")

    def failure(self, mark: str, tests: list[str], seconds: int | None = SECONDS) -> str | None:
        """Run the tests of a mark in a child; return the first that fails, None if all pass."""
        log = self.folder / "log.txt"
        child = os.fork()
        if child == 0:
            if seconds:
                resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
            self._run(mark, tests, log)
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        if code in (0, NO_TESTS):
            return None
        if code in (-signal.SIGXCPU, -signal.SIGKILL):
            return "ran out of time"
        said = log.read_text(errors="replace")
        if code == REFUSED:
            raise RuntimeError(said)
        failed = re.findall(r"^(?:FAILED|ERROR) (\S+)", said, re.MULTILINE)
        return failed[0] if failed else f"ended with {code}"

    def _run(self, mark: str, tests: list[str], log: Path) -> None:
        os.setpgid(0, 0)
        os.chdir(self.folder)
        file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, 1)
        os.dup2(file, 2)
        sys.path.insert(0, str(self.folder))
        os.environ["PYTHONPATH"] = str(self.folder)
        sys.dont_write_bytecode = True
        import pytest

        # What is imported already can't be rewritten, and nobody reads what an assertion compared.
        arguments = ["-x", "-q", "--no-header", "--tb=no", "-rfE", "--assert=plain"]
        # The compiler is slow, and given the same formulas.
        arguments += ["-p", "no:cacheprovider", "-k", "not compil", "-m", mark]
        try:
            os._exit(int(pytest.main([*arguments, *tests])))
        finally:
            os._exit(pytest.ExitCode.INTERNAL_ERROR)


WORKSHOP: list[Workshop] = []


def start(folder: str) -> None:
    """Prepare a worker: its workshop, and the imports that its children then need not repeat."""
    os.environ["OMP_NUM_THREADS"] = "1"  # there is a worker for each core
    for name in IMPORTED:
        importlib.import_module(name)
    WORKSHOP.append(Workshop(Path(tempfile.mkdtemp(dir=folder))))


def try_one(mutant: Mutant) -> tuple[Mutant, str | None]:
    return mutant, WORKSHOP[0].sees(mutant)


def try_none(mutants: list[Mutant]) -> str | None:
    return WORKSHOP[0].failure_unbroken(mutants)


def share_unseen(results: dict[str, Any]) -> float:
    """Return the share of unseen mutants among those that compute something else."""
    unseen = len(results["unseen"])
    return unseen / max(results["seen"] + unseen, 1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--python", type=int, default=PYTHON, help="how many in Python")
    parser.add_argument("--javascript", type=int, default=JAVASCRIPT, help="how many in JavaScript")
    parser.add_argument("--only", default="", help="only mutants whose name contains this")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--again", action="store_true", help=f"only what {RESULTS.name} has as unseen; update it"
    )
    options = parser.parse_args()
    python, javascript = all_mutants()
    if options.again:
        last = json.loads(RESULTS.read_text(encoding="utf-8"))
        recorded = {*last["equivalent"], *last["unseen"]}
        chosen = [m for m in (*python, *javascript) if m.name in recorded - set(EQUIVALENT)]
    else:
        numbers = {"python": options.python, "javascript": options.javascript}
        last = {"mutants": numbers, "seen": 0, "equivalent": [], "unseen": []}
        recorded = set()
        chosen = [
            mutant
            for group, most in ((python, options.python), (javascript, options.javascript))
            for mutant in [m for m in group if options.only in m.name][:most]
        ]
    begin = time.monotonic()
    seen: dict[str, str] = {}
    unseen: list[str] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        get_context("spawn").Pool(options.workers, start, (folder,)) as pool,
    ):
        if chosen and (by := pool.apply(try_none, (chosen,))):
            print(f"nothing is broken, and yet: {by}")
            return 1
        for mutant, by in pool.imap_unordered(try_one, chosen):
            if by:
                seen[mutant.name] = by
            else:
                unseen.append(mutant.name)
            print(f"{len(seen) + len(unseen):4} {by or 'UNSEEN'}\n     {mutant.name}", flush=True)
    equivalent = sorted({*unseen, *recorded} & set(EQUIVALENT))
    results = {
        "mutants": last["mutants"],
        "seen": last["seen"] + len(seen),
        "equivalent": equivalent,
        "unseen": sorted(set(unseen) - set(EQUIVALENT)),
    }
    share = share_unseen(results)
    print(f"{results['seen']} seen, {len(equivalent)} equivalent, {len(results['unseen'])} not")
    print(f"{share:.1%} unseen (at most {MOST_UNSEEN:.0%}), {time.monotonic() - begin:.0f} s")
    if not options.only:
        RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return int(share > MOST_UNSEEN)


if __name__ == "__main__":
    sys.exit(main())
