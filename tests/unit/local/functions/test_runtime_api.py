from __future__ import annotations

from sightline.local.functions.runtime_api import OutputTail, parse, response


def test_a_request_is_parsed_when_it_is_whole() -> None:
    message = b"POST /r/response HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /next"

    assert parse(message) == ("POST", "/r/response", b"abc", len(message) - len(b"GET /next"))
    assert parse(message[:-11]) is None
    assert parse(b"GET /next HTTP/1.1\r\n") is None


def test_a_request_without_a_length_has_no_body() -> None:
    message = b"GET /next HTTP/1.1\r\nHost: x\r\n\r\n"

    assert parse(message) == ("GET", "/next", b"", len(message))


def test_a_response_tells_its_length() -> None:
    assert response("200 OK", {"A": "b"}, b"xyz") == (
        b"HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 3\r\n\r\nxyz"
    )


def test_output_keeps_the_end_and_says_what_it_dropped() -> None:
    tail = OutputTail(limit=4)

    tail.add(b"abc")
    tail.add(b"def")

    assert tail.take() == "[2 earlier bytes dropped]\ncdef"
    assert tail.take() == ""
