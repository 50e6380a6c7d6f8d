"""The page on other libraries shows all that was kept of them, in the versions that are pinned."""

from __future__ import annotations

import json
import re
import runpy

import contents
import nbformat

CHAPTERS = contents.ROOT / "chapters"
STORED = json.loads((CHAPTERS / "data" / "elsewhere.json").read_text(encoding="utf-8"))
CELLS = nbformat.read(CHAPTERS / "elsewhere.ipynb", as_version=4).cells
SHOWN = "".join(output.get("text", "") for cell in CELLS for output in cell.get("outputs", ()))
THREAD = (
    r"\[(?:([\w.-]+/[\w.-]+) (\d+)\]\(https://github\.com/\1/(?:issues|pull)/\2"
    r"|Stack Overflow (\d+)\]\(https://stackoverflow\.com/questions/\3)\)"
)


def pins(name: str) -> dict[str, str]:
    text = (contents.ROOT / "tests" / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE))


def test_what_is_kept_is_what_the_script_makes_with_the_pinned_versions() -> None:
    script = runpy.run_path(str(CHAPTERS / "_runs" / "elsewhere.py"))
    calls = {title: [row["call"] for row in rows] for title, rows in STORED["rows"].items()}
    assert (calls, STORED["data"]) == (script["CALLS"], script["DATA"])
    pinned = pins("requirements-elsewhere.txt")
    assert {name: pinned[name] for name in STORED["versions"]} == STORED["versions"]
    shared = pinned.keys() & (others := pins("requirements.txt")).keys()
    assert {name: pinned[name] for name in shared} == {name: others[name] for name in shared}


def test_the_page_shows_every_call_that_is_kept() -> None:
    rows = [row for rows in STORED["rows"].values() for row in rows]
    shown = " ".join(SHOWN.split())
    assert [row["call"] for row in rows if f" {row['call']} " not in f" {shown} "] == []
    assert [row["error"] for row in rows if row.get("error", "") not in shown] == []


def test_each_question_has_an_answer_a_thread_and_a_place() -> None:
    text = "\n\n".join(cell.source for cell in CELLS if cell.cell_type == "markdown")
    text = re.sub(r"<!-- search: .*? -->\n*", "", text, flags=re.DOTALL)
    asked = re.split(r"^### ", text, flags=re.MULTILINE)[1:]
    questions = [entry.strip() for entry in asked if "?\n" in entry]
    assert len(questions) >= 6
    form = rf".+\?\n\n\S.+\n\n\*Asked in\* {THREAD}.*\. \*Shown in\* \[.+\]\(.*#[\w-]+\)\."
    assert [entry for entry in questions if not re.fullmatch(form, entry)] == []
