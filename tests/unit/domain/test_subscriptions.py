from __future__ import annotations

import ipaddress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.domain.errors import InvalidError
from sightline.domain.subscriptions import Subscription

HOOK = Subscription("https", "https://hooks.example.com/sightline?key=1")
PUBLIC = [
    ("https", HOOK.endpoint),
    ("https", "https://hooks.example.com:443/"),
    ("https", "https://HOOKS.Example.com"),
    ("https", "https://xn--bcher-kva.example"),
    ("sms", "+4915112345678"),
    ("email", "line.lead+north@quality.example.com"),
]
# What would have the provider call inside somebody's network, or somewhere that nobody meant.
REFUSED_ADDRESSES = [
    "http://hooks.example.com/",
    "ftp://hooks.example.com/",
    "//hooks.example.com/",
    "hooks.example.com",
    "https://",
    "https:///path",
    "https://hooks",
    "https://localhost/",
    "https://localhost./",
    "https://a.localhost/",
    "https://metadata.google.internal/",
    "https://printer.local/",
    "https://intranet.corp/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://0x7f.0.0.1/",
    "https://2130706433/",
    "https://0177.0.0.1/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://0.0.0.0/",
    "https://8.8.8.8/",
    "https://[::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[::ffff:169.254.169.254]/",
    "https://[fd00:ec2::254]/",
    "https://user@hooks.example.com/",
    "https://user:secret@hooks.example.com/",  # pragma: allowlist secret
    "https://hooks.example.com@127.0.0.1/",
    "https://@hooks.example.com/",
    "https://hooks.example.com:8443/",
    "https://hooks.example.com:80/",
    "https://hooks.example.com:0/",
    "https://hooks.example.com:99999/",
    "https://hooks.example.com:x/",
    "https://hooks.example.com\\@127.0.0.1/",
    "https://hooks.example.com/a b",
    "https://hooks.exam\nple.com/",
    "https://hooks.example.com/\x00",
    "https://hööks.example.com/",
    "https://hooks.example.com。localhost/",
    "https://-hooks.example.com/",
    "https://hooks..example.com/",
    "https://hooks.example.com/" + "a" * 2048,
]
REFUSED_NUMBERS = [
    *("15112345678", "004915112345678", "+0123456789", "+49 151 1234567", "+49-151-1234567"),
    *("+49151", "+1234567890123456", "+", "", "+491511234567x", "\u0661\u0662\u0663"),
]
REFUSED_MAIL = [
    *("lead", "@example.com", "lead@", "lead@example", "a@b@example.com", "lead@example..com"),
    *("le ad@example.com", "lead@exam ple.com", "<lead@example.com>", "lead@example.com,x@y.com"),
    *("lead@example.com\nBcc: x@y.com", ".lead@example.com", "lead.@example.com"),
    *("le..ad@example.com", "lead@-example.com", "lead@example-.com", "lead@127.0.0.1"),
    *("lead@[127.0.0.1]", "a" * 65 + "@example.com", "lead@" + "a." * 125 + "com"),
]


@pytest.mark.parametrize(("protocol", "endpoint"), PUBLIC)
def test_people_and_public_addresses_can_be_subscribed(protocol: str, endpoint: str) -> None:
    Subscription(protocol, endpoint).check()


@pytest.mark.parametrize(
    ("protocol", "endpoint"),
    [
        *(("https", url) for url in REFUSED_ADDRESSES),
        *(("sms", number) for number in REFUSED_NUMBERS),
        *(("email", address) for address in REFUSED_MAIL),
        ("http", "http://hooks.example.com/"),
        ("sqs", "arn:aws:sqs:eu-west-1:123456789012:alerts"),
        ("lambda", "arn:aws:lambda:eu-west-1:123456789012:function:x"),
        ("", ""),
    ],
)
def test_nothing_else_can_be(protocol: str, endpoint: str) -> None:
    with pytest.raises(InvalidError):
        Subscription(protocol, endpoint).check()


@given(st.ip_addresses())
def test_no_number_is_a_host(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    host = f"[{address}]" if address.version == 6 else str(address)
    with pytest.raises(InvalidError, match="a public host name"):
        Subscription("https", f"https://{host}/").check()


@given(st.sampled_from(["https", "sms", "email"]), st.text(max_size=60))
def test_whatever_is_given_is_taken_or_refused_by_name(protocol: str, endpoint: str) -> None:
    try:
        Subscription(protocol, endpoint).check()
    except InvalidError as error:
        assert str(error)  # noqa: PT017 - either is right


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"severities": ("high", "none")}, "Severities must be of"),
        ({"severities": ("urgent",)}, "Severities must be of"),
        ({"lines": ("press 1",)}, "Line"),
        ({"projects": ("no project",)}, "project"),
        ({"lines": ("press-1", "press-1")}, "all different"),
        ({"lines": tuple(f"press-{n}" for n in range(21))}, "at most 20 values"),
        (
            {
                "severities": ("high", "medium"),
                "lines": tuple(f"press-{n}" for n in range(9)),
                "projects": tuple(f"part-{n}" for n in range(9)),
            },
            "162 combinations; at most 150",
        ),
    ],
)
def test_filters_are_what_the_topic_can_match(
    changes: dict[str, tuple[str, ...]], words: str
) -> None:
    with pytest.raises(InvalidError, match=words):
        replace(HOOK, **changes).check()  # type: ignore[arg-type]


def test_filters_may_be_as_many_as_the_topic_takes() -> None:
    replace(
        HOOK,
        severities=("high", "medium", "low"),
        lines=tuple(f"press-{n}" for n in range(10)),
        projects=tuple(f"part-{n}" for n in range(5)),
    ).check()
