"""Headers that every answer carries, and what may be asked for at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import flask

OWN_PREFIXES = ("/_dash", "/assets/", "/download/")


def content_security_policy(script_hashes: list[str]) -> str:
    """Only what this server sends may load, run or be framed; the hashes are those of Dash's own inline scripts."""
    return (
        f"default-src 'self'; script-src 'self' {' '.join(script_hashes)}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
        "frame-ancestors 'none'; base-uri 'none'; object-src 'none'; form-action 'self'"
    )


def secure(server: flask.Flask, script_hashes: Callable[[], Sequence[str]], pages: tuple[str, ...]) -> None:
    """Set the headers on every answer, and answer 404 for a page that does not exist.

    Args:
        server: the app's server.
        script_hashes: asked for at the first answer, since Dash adds scripts of its own at the first request.
        pages: paths that exist.
    """

    @cache
    def policy() -> str:
        return content_security_policy(list(script_hashes()))

    def add_headers(response: flask.Response) -> flask.Response:
        response.headers["Content-Security-Policy"] = policy()
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        return response

    def refuse_unknown_page() -> tuple[str, int, dict[str, str]] | None:
        path = flask.request.path
        if path in (*pages, "/ready", "/_favicon.ico") or path.startswith(OWN_PREFIXES):
            return None
        text = f"There is no page {path!r}.\nPages: {', '.join(pages)}\n"
        return text, 404, {"Content-Type": "text/plain; charset=utf-8"}

    server.after_request(add_headers)
    server.before_request(refuse_unknown_page)
