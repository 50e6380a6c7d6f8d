"""`make book` prints the address and serves the site there, without the network."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import serve

NOT_FOUND = '<link href="/book/_static/site.css"><h1>Not in this book</h1>'


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text("<h1>The book</h1>")
    (tmp_path / "404.html").write_text(NOT_FOUND)
    (tmp_path / "_static").mkdir()
    (tmp_path / "_static" / "site.css").write_text("h1 {}")
    return tmp_path


@pytest.fixture
def port(site: Path) -> Iterator[int]:
    with serve.server(site) as book:
        threading.Thread(target=book.serve_forever, daemon=True).start()
        yield book.server_address[1]
        book.shutdown()


def get(port: int, path: str, method: str = "GET") -> tuple[int, str]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def test_a_page_is_served(port: int) -> None:
    assert get(port, "/") == (200, "<h1>The book</h1>")


def test_a_missing_page_gets_the_books_own_error_page(port: int) -> None:
    assert get(port, "/nowhere.html") == (404, NOT_FOUND)
    assert get(port, "/nowhere.html", "HEAD") == (404, "")


def test_the_error_page_finds_its_style_here_too(port: int) -> None:
    assert get(port, "/book/_static/site.css") == (200, "h1 {}")
    assert get(port, "/book/") == (200, "<h1>The book</h1>")
    assert get(port, "/other/_static/site.css") == (404, NOT_FOUND)


def test_without_an_error_page_pythons_own_is_served(site: Path, port: int) -> None:
    (site / "404.html").unlink()
    status, body = get(port, "/nowhere.html")
    assert status == 404
    assert "File not found" in body


def test_it_prints_its_address_and_takes_the_next_port(site: Path, clone: Path) -> None:
    built = clone / "_build" / "html"
    built.mkdir(parents=True)
    (built / "index.html").write_text("<h1>The book</h1>")
    command = [sys.executable, str(clone / "chapters" / "_site" / "serve.py")]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as first,
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as second,
    ):
        try:
            said = [process.stdout.readline() for process in (first, second)]
            ports = [int(line.split(":")[2].split("/")[0]) for line in said]
            assert all("The book is at http://127.0.0.1:" in line for line in said)
            assert len(set(ports)) == 2
            assert [get(port, "/")[0] for port in ports] == [200, 200]
        finally:
            first.terminate()
            second.terminate()


def test_a_port_in_use_is_reported(
    site: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(serve, "SITE", site)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert serve.main(["--port", str(port)]) == 1
    assert f"Port {port} cannot be used" in capsys.readouterr().err


def test_without_a_book_it_says_how_to_build_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(serve, "SITE", tmp_path)
    assert serve.main([]) == 1
    assert "make site" in capsys.readouterr().err


@pytest.mark.parametrize(("error", "said"), [(BrokenPipeError, False), (ValueError, True)])
def test_a_browser_that_leaves_early_is_no_error(
    site: Path, capfd: pytest.CaptureFixture[str], error: type[Exception], said: bool
) -> None:
    with serve.server(site) as book:
        try:
            raise error
        except error:
            book.handle_error(None, ("127.0.0.1", 1))
    assert (error.__name__ in capfd.readouterr().err) is said
