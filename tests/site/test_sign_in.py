"""Signing in: the first password, sessions that end, and coming back to where one was."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from sightline.domain.alerts import image_link
from sightline.domain.images import ImageRef
from tests.site.browser import Visit
from tests.site.conftest import VisitAs, sign_in
from tests.site.factory import Factory

GIVEN, CHOSEN = "First-Pass-1234", "Chosen-Pass-5678"


def add_person(factory: Factory, name: str, group: str) -> None:
    pool = factory.stack.site_config()["userPoolId"]
    people = factory.stack.client("cognito-idp")
    people.admin_create_user(
        UserPoolId=pool, Username=name, TemporaryPassword=GIVEN, MessageAction="SUPPRESS"
    )
    people.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName=group)


def test_a_wrong_password_is_said_and_nothing_is_lost(visit: Callable[..., Visit]) -> None:
    tab = visit()
    tab.refusals.add(400)
    page = tab.open("review.html")
    sign_in(tab, "admin", "Wrong-Pass-1234")
    expect(page.get_by_role("alert")).to_contain_text("Incorrect username or password")
    expect(page.get_by_label("User name")).to_have_value("admin")


def test_a_given_password_is_changed_once_and_then_the_chosen_one_counts(
    visit: Callable[..., Visit], factory: Factory
) -> None:
    add_person(factory, "nina", "operator")
    tab = visit()
    tab.refusals.add(400)
    page = tab.open("review.html")
    sign_in(tab, "nina", GIVEN)

    page.get_by_label("New password", exact=True).fill("short")
    page.get_by_label("New password again").fill("other")
    page.get_by_role("button", name="Save and sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("not the same")
    page.get_by_label("New password again").fill("short")
    page.get_by_role("button", name="Save and sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("assword")
    for label in ("New password", "New password again"):
        page.get_by_label(label, exact=True).fill(CHOSEN)
    page.get_by_role("button", name="Save and sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Review")

    again = visit()
    again.open("lines.html")
    sign_in(again, "nina", CHOSEN)
    expect(again.page.get_by_role("heading", level=1)).to_have_text("Lines")


def test_a_link_in_an_alert_leads_to_its_picture_through_the_sign_in(
    visit: Callable[..., Visit], factory: Factory
) -> None:
    image = factory.send("press-1-top", "anomaly", image_id="part 7 größe & mehr")
    tab = visit()
    tab.page.goto(image_link(factory.stack.outputs["siteUrl"], ImageRef("press-1-top", image)))
    sign_in(tab, "viewer", factory.passwords["viewer"])
    expect(tab.page.get_by_role("heading", level=1)).to_have_text(image)
    verdict = factory.recorded("press-1-top", image).verdict
    expect(tab.page.locator(".verdict.large")).to_have_attribute("data-verdict", verdict)


def test_a_session_that_ended_leads_to_the_sign_in_and_back_to_the_same_page(
    visit_as: VisitAs, factory: Factory
) -> None:
    tab = visit_as("operator", "line.html?facility=leipzig&line=press-1&verdict=anomalous")
    expect(tab.page.locator(".gallery .thumbnail").first).to_be_visible()
    tab.refusals |= {400, 403}
    factory.end_session("operator")
    before = tab.page.url
    tab.page.get_by_role("radio", name="All").check()
    expect(tab.page.get_by_text("Your session has ended")).to_be_visible()
    sign_in(tab, "operator", factory.passwords["operator"])
    expect(tab.page.get_by_role("heading", level=1)).to_have_text("Press 1")
    assert tab.page.url == before.replace("&verdict=anomalous", "")


def test_credentials_that_ended_are_renewed_without_a_word(
    visit_as: VisitAs, factory: Factory
) -> None:
    tab = visit_as("viewer", "cameras.html")
    tab.refusals.add(403)
    factory.stack.sessions.end_all()
    tab.page.get_by_role("link", name="Lines").click()
    expect(tab.page.get_by_role("heading", name="Press 1")).to_be_visible()


def test_a_new_tab_is_signed_in_already_and_signing_out_ends_all_of_them(
    visit_as: VisitAs, factory: Factory
) -> None:
    tab = visit_as("viewer", "lines.html")
    other = Visit(tab.page.context.new_page(), factory.origins).watch()
    other.open("cameras.html")
    expect(other.page.get_by_role("heading", level=1)).to_have_text("Cameras")
    # What is on its way while the session ends may be refused.
    tab.refusals.add(400)
    other.refusals.add(400)
    tab.page.get_by_role("button", name="Sign out").click()
    expect(tab.page.get_by_role("heading", level=1)).to_have_text("Sign in")
    expect(other.page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert other.page.evaluate("sessionStorage.getItem('sightline.session')") is None
    other.check()


def test_a_reload_keeps_the_session_and_the_page(visit_as: VisitAs) -> None:
    tab = visit_as("viewer", "line.html?facility=leipzig&line=press-2&verdict=normal")
    tab.page.reload()
    expect(tab.page.get_by_role("radio", name="Normal", exact=True)).to_be_checked()
