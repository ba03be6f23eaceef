"""Cameras and alerts: tokens that are shown once, subscriptions with filters."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.site.conftest import VisitAs
from tests.site.factory import Factory


def test_a_camera_is_registered_sends_with_its_token_and_is_revoked(
    visit_as: VisitAs, factory: Factory
) -> None:
    tab = visit_as("admin", "cameras.html")
    page = tab.page
    page.get_by_role("button", name="Register a camera").click()
    form = page.get_by_role("dialog")
    expect(form.get_by_label("Camera", exact=True)).to_be_focused()
    for label, text in {
        "Camera": "press-2-side",
        "Line": "press-2",
        "Facility": "leipzig",
        "Project": "castings",
    }.items():
        form.get_by_label(label, exact=True).fill(text)
    page.reload()  # what was typed is not lost
    page.get_by_role("button", name="Register a camera").click()
    expect(form.get_by_label("Camera", exact=True)).to_have_value("press-2-side")
    form.get_by_role("button", name="Register").dblclick()
    token = form.locator(".secret code").inner_text()
    factory.senders["press-2-side"] = factory.sender(token)
    factory.send("press-2-side")
    form.get_by_role("button", name="I have it").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert token not in page.content()

    row = page.get_by_role("row", name="press-2-side")
    row.get_by_role("button").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog", name="Revoke press-2-side?").get_by_role(
        "button", name="Revoke"
    ).click()
    expect(page.get_by_role("row", name="press-2-side")).to_have_count(0)
    page.get_by_label("Show revoked").check()
    expect(page.get_by_role("row", name="press-2-side")).to_contain_text("Revoked")
    del factory.senders["press-2-side"]


def test_a_subscription_has_filters_and_waits_for_its_owner(
    visit_as: VisitAs, factory: Factory
) -> None:
    tab = visit_as("admin", "alerts.html")
    page = tab.page
    page.get_by_role("button", name="Add a subscription").click()
    form = page.get_by_role("dialog")
    form.get_by_role("radio", name="SMS").check()
    expect(form.get_by_text("Every SMS costs money")).to_be_visible()
    form.get_by_role("radio", name="Mail").check()
    form.get_by_label("Mail address").fill("shift.lead@sightline.example")
    form.get_by_label("High: surely a defect").check()
    form.get_by_label("press-1").check()
    form.get_by_role("button", name="Add", exact=True).click()
    row = page.get_by_role("row", name="shift.lead@sightline.example")
    expect(row).to_contain_text("high")
    expect(row).to_contain_text("press-1")


def test_an_operator_sees_subscriptions_and_cannot_change_them(visit_as: VisitAs) -> None:
    tab = visit_as("operator", "alerts.html")
    expect(tab.page.get_by_role("region", name="Subscriptions")).to_be_visible()
    add = tab.page.get_by_role("button", name="Add a subscription")
    expect(add).to_have_attribute("aria-disabled", "true")


def test_a_viewer_is_told_that_alerts_are_not_theirs_to_see(visit_as: VisitAs) -> None:
    tab = visit_as("viewer", "alerts.html")
    tab.refusals.add(403)
    expect(tab.page.get_by_role("heading", name="Not for your group")).to_be_visible()
    expect(tab.page.get_by_role("link", name="Alerts")).to_have_count(0)
