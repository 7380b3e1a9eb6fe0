"""Makes pages small for slow lines: text that a browser can unpack goes out as gzip."""

import gzip

from flask import Response, request

_LEAST_BYTES = 800  # below, the saved bytes are fewer than a packet
_LEVEL = 6
_KINDS = frozenset({
    "text/html", "text/css", "text/javascript", "application/javascript",
    "application/json", "application/atom+xml", "application/cap+xml",
})  # fmt: skip


def compress(response: Response) -> Response:
    """The same answer, packed where that helps.

    A secret beside a guessed word could be felt in the length of a packed page (BREACH), but
    another site would have to send our cookie along, and SameSite withholds it from there.
    """
    if not _may_pack(response):
        return response
    response.direct_passthrough = False
    body = response.get_data()
    response.close()  # a file would stay open for as long as a slow line takes
    if len(body) < _LEAST_BYTES:
        return response
    response.set_data(gzip.compress(body, _LEVEL, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    tag, weak = response.get_etag()
    if tag and not weak:
        response.set_etag(tag, weak=True)  # other bytes, the same content
    return response


def _may_pack(response: Response) -> bool:
    return (
        response.status_code < 500
        and response.status_code not in (204, 206, 304)
        and response.mimetype in _KINDS
        and "Content-Encoding" not in response.headers
        and request.method != "HEAD"
        and request.accept_encodings["gzip"] > 0
    )
