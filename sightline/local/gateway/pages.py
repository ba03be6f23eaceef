"""The pages of the local system: what is up, and what was sent to people."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from html import escape

from sightline.local.gateway.messages import Answer, Request, refusal
from sightline.local.mail import Delivered, Mailbox

Page = Callable[[Request], Answer]

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
th, td { border-bottom: 1px solid #ddd; padding: .35rem .5rem; text-align: left }
img { max-width: 100% }
pre { background: #f5f5f5; overflow: auto; padding: 1rem; white-space: pre-wrap }
"""


def status_page(routes: Mapping[str, Iterable[str]], figures: Mapping[str, object]) -> Answer:
    """What is up: the services with their routes, and any figures."""
    services = ""
    for name, listed in routes.items():
        items = "".join(f"<li><code>{escape(route)}</code></li>" for route in listed)
        services += f"<h2>{escape(name)}</h2><ul>{items}</ul>"
    content = (
        "<p>The whole system on one machine. Its state is in memory only.</p>"
        '<p><a href="/">The admin site</a>, <a href="/mail">mail that was sent</a></p>'
        f"<table>{rows((name, str(value)) for name, value in figures.items())}</table>{services}"
    )
    return Answer.text(page("Sightline on this machine", content))


def mail_page(mailbox: Mailbox, request: Request) -> Answer:
    """The list of messages, or one of them: `/mail/7` as a page, `/mail/7.eml` as a mail."""
    name = request.path.removeprefix("/mail").strip("/")
    if not name:
        return _mail_list(mailbox)
    number, _, kind = name.partition(".")
    found = mailbox.get(int(number)) if re.fullmatch("[0-9]{1,9}", number) else None
    if found is None or kind not in ("", "eml"):
        return refusal("MISSING_AUTHENTICATION_TOKEN", request)
    if kind:
        return Answer(200, found.raw, [("Content-Type", "message/rfc822")])
    return _one_mail(found)


def _mail_list(mailbox: Mailbox) -> Answer:
    listed = ""
    for found in mailbox.messages():
        title = escape(found.subject or found.text[:80])
        link = f'<a href="/mail/{found.number}">{title}</a>'
        cells = (_time(found), found.protocol, escape(found.to), link)
        listed += f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
    head = "<tr><th>When</th><th>How</th><th>To</th><th>What</th></tr>"
    table = f"<table>{head}{listed}</table>" if listed else "<p>None yet.</p>"
    return Answer.text(page("Mail", f"<p>{mailbox.count} sent so far.</p>{table}"))


def _one_mail(found: Delivered) -> Answer:
    facts = [("To", found.to), ("When", _time(found)), ("Topic", found.topic_arn)]
    link = f'<p><a href="/mail/{found.number}.eml">As a mail</a></p>' if found.raw else ""
    content = (
        f"<table>{rows(facts)}</table><pre>{_linked(found.text)}</pre>{link}"
        '<p><a href="/mail">All mail</a></p>'
    )
    return Answer.text(page(found.subject or "Short message", content))


def _linked(text: str) -> str:
    """Text with its addresses as links."""
    return re.sub(r"https?://\S+", lambda m: f'<a href="{m[0]}">{m[0]}</a>', escape(text))


def rows(facts: Iterable[tuple[str, str]]) -> str:
    """Table rows of names and values, escaped."""
    return "".join(f"<tr><th>{escape(n)}</th><td>{escape(v)}</td></tr>" for n, v in facts)


def _time(found: Delivered) -> str:
    return found.at.strftime("%Y-%m-%d %H:%M:%S UTC")


def page(title: str, content: str) -> str:
    """A whole page; `content` is HTML."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1>{content}</body></html>"
    )
