"""Serve the built book on this machine and print its address; open nothing."""

from __future__ import annotations

import argparse
import functools
import re
import sys
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

SITE = Path(__file__).resolve().parents[2] / "_build" / "html"
STYLE = re.compile(r'href="(/[^/"]+)/_static/')


class Handler(SimpleHTTPRequestHandler):
    """Serves files without logging, and the site's own error page for addresses that don't exist.

    The error page can appear at any address, so its links begin with the book's path on GitHub
    Pages, `prefix`; requests under that path are answered here too.
    """

    def __init__(self, *arguments: Any, prefix: str = "", **options: Any) -> None:
        self.prefix = prefix
        super().__init__(*arguments, **options)

    def translate_path(self, path: str) -> str:
        inside = self.prefix and path.startswith(f"{self.prefix}/")
        return super().translate_path(path.removeprefix(self.prefix) if inside else path)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        page = Path(self.directory) / "404.html"
        if code != HTTPStatus.NOT_FOUND or not page.exists():
            super().send_error(code, message, explain)
            return
        body = page.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: the reader is looking for the address."""


class Server(ThreadingHTTPServer):
    """Serves each request in a thread, and ignores browsers that close a connection early."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def server(site: Path, host: str = "127.0.0.1", port: int = 0) -> Server:
    """Return a server of the folder `site`, on the given port or a free one."""
    page = site / "404.html"
    style = STYLE.search(page.read_text(encoding="utf-8")) if page.exists() else None
    handler = functools.partial(Handler, directory=str(site), prefix=style[1] if style else "")
    return Server((host, port), handler)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 lets the network see it")
    parser.add_argument("--port", type=int, help="by default 8000, or the next free one")
    options = parser.parse_args(arguments)
    if not (SITE / "index.html").exists():
        print("There is no book in _build/html yet: run `make site`.", file=sys.stderr)
        return 1
    for port in [options.port] if options.port is not None else [*range(8000, 8020), 0]:
        try:
            book = server(SITE, options.host, port)
            break
        except OSError as error:
            if options.port is not None:
                print(f"Port {port} cannot be used: {error.strerror}.", file=sys.stderr)
                return 1
    host, port = book.server_address[:2]
    print(f"The book is at http://{host!s}:{port}/ (Ctrl-C ends it)", flush=True)
    try:
        book.serve_forever()
    except KeyboardInterrupt:
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
