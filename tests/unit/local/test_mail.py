"""The mailbox."""

from __future__ import annotations

import email
import email.policy
import threading

from sightline.local.mail import Mailbox

ARN = "arn:aws:sns:eu-west-1:123456789012:alerts"


def deliver(box: Mailbox, text: str = "Look at part 1.", subject: str | None = "Defect") -> None:
    box.deliver_mail(
        to="lead@line.example", subject=subject, text=text, sender="Sightline", topic_arn=ARN
    )


def test_a_mail_is_a_message_that_any_mail_program_reads() -> None:
    box = Mailbox()
    deliver(box, text="Größe: 3 µm\nLine 1 – part 2")
    (found,) = box.messages()
    mail = email.message_from_bytes(found.raw, policy=email.policy.default)
    assert mail["From"] == "Sightline <no-reply@sns.amazonaws.com>"
    assert (mail["To"], mail["Subject"]) == ("lead@line.example", "Defect")
    assert mail["Message-ID"]
    assert mail["Date"].datetime.tzinfo is not None
    lines = mail.get_content().splitlines()
    assert lines[:4] == ["Größe: 3 µm", "Line 1 – part 2", "", "--"]
    assert found.text == "Größe: 3 µm\nLine 1 – part 2"


def test_no_subject_gets_the_one_that_sns_gives() -> None:
    box = Mailbox()
    deliver(box, subject=None)
    assert box.messages()[0].subject == "AWS Notification Message"


def test_nothing_in_a_subject_becomes_a_header() -> None:
    box = Mailbox()
    deliver(box, subject="Defect\r\nBcc: all@example.org")
    mail = email.message_from_bytes(box.messages()[0].raw, policy=email.policy.default)
    assert mail["Bcc"] is None


def test_the_newest_are_first_and_the_oldest_go() -> None:
    box = Mailbox(keep=3)
    for number in range(5):
        deliver(box, subject=f"s{number}")
    box.deliver_sms(to="+431234567", text="x" * 2000, topic_arn=ARN)
    assert [found.subject for found in box.messages()] == ["", "s4", "s3"]
    assert len(box.messages()[0].text) == 1600
    assert box.count == 6
    assert box.get(1) is None
    assert box.get(5) == box.messages()[1]


def test_one_can_wait_for_mail() -> None:
    box = Mailbox()
    assert not box.wait_for(1, timeout=0.01)
    timer = threading.Timer(0.05, deliver, (box,))
    timer.start()
    assert box.wait_for(1, timeout=5)
    timer.join()
