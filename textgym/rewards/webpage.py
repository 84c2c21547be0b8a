"""A page on this machine where a person rates texts: the standard library's web server on the loopback address."""

from __future__ import annotations

import hmac
import html
import queue
import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from textgym.types import Example

_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>textgym: rate a text</title>
<meta http-equiv="refresh" content="{refresh}"><style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:44rem;
margin:3rem auto;padding:0 1rem}}section{{border-left:.25rem solid #888;padding:.2rem 1rem;margin:1rem 0;
white-space:pre-wrap}}button{{font-size:1.2rem;padding:.5rem 1.2rem;margin-right:.5rem}}</style></head>
<body>{body}</body></html>"""
_WAITING = "<h1>Waiting for the next text</h1><p>The page reloads by itself.</p>"
_FOREVER = 86_400


class WebRater:
    """Shows one question at a time at `http://127.0.0.1:<port>/<key>/` and waits for the answer.

    The page listens on the loopback address only, and its address holds a random key without which nothing is
    shown or taken. Questions of several threads are asked one after the other.

    Args:
        points: the best grade; 1 is the worst.
        port: 0 takes a free one.
        timeout: seconds to wait for an answer; None waits for ever.

    Attributes:
        url: the address of the page.
    """

    def __init__(self, points: int = 5, port: int = 0, timeout: float | None = None) -> None:
        if isinstance(points, bool) or not isinstance(points, int) or points < 2:
            raise ValueError(f"points: got {points!r}, allowed is an integer of at least 2")
        self.points, self.timeout = points, timeout
        self._key = secrets.token_urlsafe(16)
        self._question = ""
        self._number = 0
        self._allowed: tuple[str, ...] = ()
        self._answers: queue.Queue[str] = queue.Queue()
        self._asking, self._state = threading.Lock(), threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/{self._key}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self._told = False

    def rate(self, example: Example, text: str) -> float:
        """What the text is worth, in [0, 1]."""
        body = f"<h1>How good is the text?</h1>{_shown('Source', example.source)}{_shown('Text', text)}"
        grades = tuple(str(n) for n in range(1, self.points + 1))
        return (int(self._ask(body, grades)) - 1) / (self.points - 1)

    def prefer(self, example: Example, first: str, second: str) -> bool:
        """Whether the first text is the better one."""
        body = f"<h1>Which text is better?</h1>{_shown('Source', example.source)}"
        return self._ask(body + _shown("1", first) + _shown("2", second), ("1", "2")) == "1"

    def close(self) -> None:
        """Stop the server."""
        self._server.shutdown()
        self._server.server_close()

    def _ask(self, body: str, allowed: tuple[str, ...]) -> str:
        with self._asking:
            if not self._told:
                print(f"Rate the texts at {self.url}", flush=True)
                self._told = True
            with self._state:
                self._number += 1
                self._question, self._allowed = body, allowed
            try:
                return self._answers.get(timeout=self.timeout)
            except queue.Empty:
                raise TimeoutError(f"nobody answered at {self.url} within {self.timeout} seconds") from None
            finally:
                with self._state:
                    self._question, self._allowed = "", ()

    def page(self) -> str:
        """The page as it is now."""
        with self._state:
            if not self._question:
                return _PAGE.format(refresh=1, body=_WAITING)
            buttons = "".join(f'<button name="answer" value="{a}">{a}</button>' for a in self._allowed)
            form = f'<form method="post"><input type="hidden" name="number" value="{self._number}">{buttons}</form>'
            return _PAGE.format(refresh=_FOREVER, body=self._question + form)

    def take(self, number: str, answer: str) -> bool:
        """An answer to question `number`; whether it was one."""
        with self._state:
            if number != str(self._number) or answer not in self._allowed:
                return False
            self._question, self._allowed = "", ()
        self._answers.put(answer)
        return True

    def knows(self, path: str) -> bool:
        """Whether the path holds the key."""
        return hmac.compare_digest(path.encode(), f"/{self._key}/".encode())


def _shown(title: str, text: str) -> str:
    return f"<h2>{html.escape(title)}</h2><section>{html.escape(text)}</section>"


def _handler(rater: WebRater) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Show the question."""
            if rater.knows(self.path):
                self._send(200, rater.page())
            else:
                self._send(404, "not found")

        def do_POST(self) -> None:
            """Take an answer."""
            size = int(self.headers.get("Content-Length") or 0)
            if not rater.knows(self.path) or not 0 <= size <= 1_000:
                self._send(404, "not found")
                return
            fields = parse_qs(self.rfile.read(size).decode("utf-8", "replace"))
            if not rater.take(fields.get("number", [""])[0], fields.get("answer", [""])[0]):
                self._send(400, "this is no answer to the question shown now")
                return
            self.send_response(303)
            self.send_header("Location", self.path)
            self.end_headers()

        def _send(self, status: int, body: str) -> None:
            data = body.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    return Handler
