"""A mailbox for what SNS sends to people: moto accepts their subscriptions and sends nothing.

wire = mail.install()
...
for found in wire.mailbox.messages():
    print(found.to, found.subject)
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from typing import Any

from moto.sns.models import Subscription, Topic

from sightline.local.seams import Seams

SENDER = "no-reply@sns.amazonaws.com"
DEFAULT_NAME = "AWS Notifications"
DEFAULT_SUBJECT = "AWS Notification Message"
SMS_MAX = 1600
NOTIFICATIONS_KEPT = 1000
FOOTER = (
    "\n\n--\nIf you wish to stop receiving notifications from this topic, unsubscribe:\n{arn}\n"
    "Please do not reply directly to this email.\n"
)


@dataclass(frozen=True)
class Delivered:
    """A message that reached a person: `raw` is the mail as RFC 5322 has it, empty for an SMS."""

    number: int
    protocol: str
    to: str
    subject: str
    text: str
    at: datetime
    topic_arn: str
    raw: bytes = b""


class Mailbox:
    """The last `keep` messages, and how many there have been. Safe to use from several threads."""

    def __init__(self, *, keep: int = 1000) -> None:
        self._messages: deque[Delivered] = deque(maxlen=keep)
        self._count = 0
        self._changed = threading.Condition()

    @property
    def count(self) -> int:
        """How many messages ever came, also those that have been dropped since."""
        with self._changed:
            return self._count

    def messages(self) -> list[Delivered]:
        """What is there, newest first."""
        with self._changed:
            return list(reversed(self._messages))

    def get(self, number: int) -> Delivered | None:
        """A message by its number."""
        return next((found for found in self.messages() if found.number == number), None)

    def wait_for(self, count: int, timeout: float) -> bool:
        """Wait until `count` messages have come; False when `timeout` seconds were not enough."""
        with self._changed:
            return self._changed.wait_for(lambda: self._count >= count, timeout)

    def deliver_mail(
        self, *, to: str, subject: str | None, text: str, sender: str, topic_arn: str
    ) -> None:
        """Put a mail into the box."""
        at = datetime.now(tz=UTC)
        mail = EmailMessage(policy=SMTP)
        mail["From"] = Address(_one_line(sender), addr_spec=SENDER)
        mail["To"] = _one_line(to)
        mail["Subject"] = _one_line(subject or DEFAULT_SUBJECT)
        mail["Date"] = format_datetime(at)
        mail["Message-ID"] = make_msgid(domain="sns.amazonaws.com")
        mail.set_content(text + FOOTER.format(arn=topic_arn))
        self._add("email", to, str(mail["Subject"]), text, at, topic_arn, mail.as_bytes())

    def deliver_sms(self, *, to: str, text: str, topic_arn: str) -> None:
        """Put a short message into the box."""
        self._add("sms", to, "", text[:SMS_MAX], datetime.now(tz=UTC), topic_arn, b"")

    def _add(
        self, protocol: str, to: str, subject: str, text: str, at: datetime, arn: str, raw: bytes
    ) -> None:
        with self._changed:
            self._count += 1
            found = Delivered(self._count, protocol, to, subject, text, at, arn, raw)
            self._messages.append(found)
            self._changed.notify_all()


def install(mailbox: Mailbox | None = None) -> Mail:
    """Have SNS deliver e-mail and short messages into a mailbox."""
    return Mail(mailbox or Mailbox())


class Mail:
    """The wire in place, and its mailbox."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox
        self._seams = Seams()
        self._install()

    def close(self) -> None:
        """Put moto's own methods back; the mailbox stays as it is."""
        self._seams.restore()

    def _install(self) -> None:
        def publish(subscription: Any, message: str, *args: Any, **details: Any) -> None:
            if subscription.protocol in ("email", "email-json", "sms"):
                self._send(subscription, message, details)
            else:
                publish_before(subscription, message, *args, **details)

        def publish_to_topic(topic: Any, *args: Any, **details: Any) -> Any:
            answer = topic_before(topic, *args, **details)
            # moto keeps every notification for ever.
            del topic.sent_notifications[:-NOTIFICATIONS_KEPT]
            return answer

        publish_before = self._seams.replace(Subscription, "publish", publish)
        topic_before = self._seams.replace(Topic, "publish", publish_to_topic)

    def _send(self, subscription: Any, message: str, details: dict[str, Any]) -> None:
        matcher = subscription._filter_policy_matcher
        if matcher is not None and not matcher.matches(details.get("message_attributes"), message):
            return
        protocol, to, topic = subscription.protocol, subscription.endpoint, subscription.topic
        text = message
        if details.get("message_structure") == "json":
            text = subscription._parse_message_structure(message, protocol)
        if protocol == "sms":
            self.mailbox.deliver_sms(to=to, text=text, topic_arn=topic.arn)
            return
        self.mailbox.deliver_mail(
            to=to,
            subject=details.get("subject"),
            text=text,
            sender=topic.display_name or DEFAULT_NAME,
            topic_arn=topic.arn,
        )


def _one_line(text: str) -> str:
    """A header's value: a line break in it would start another header."""
    return " ".join(text.split())
