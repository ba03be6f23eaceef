"""One browser and one factory for all tests of the site; every test visits as somebody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, expect

from tests.site.browser import Visit, find_chromium, launched
from tests.site.factory import Factory
from tests.site.factory import factory as new_factory
from tests.site.training import train_project, train_version

VisitAs = Callable[..., Visit]
expect.set_options(timeout=15_000)  # the first call of a service starts its process


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = find_chromium()
    if executable is None:
        pytest.skip("there is no Chromium here, and it could not be installed")
    with launched(executable) as browser:
        yield browser


@pytest.fixture(scope="session")
def factory(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Factory]:
    """Asks for the browser first: without one, nothing need be brought up."""
    with new_factory(tmp_path_factory.mktemp("factory")) as made:
        made.send_many(12)
        yield made


@pytest.fixture(scope="session")
def taught(factory: Factory, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A project with two versions, of which neither runs."""
    train_project(factory.stack, "taught", tmp_path_factory.mktemp("taught"))
    train_version(factory.stack, "taught", "2")
    return "taught"


@pytest.fixture
def visit(browser: Browser, factory: Factory) -> Iterator[Callable[..., Visit]]:
    """Open a tab: nobody is signed in. Options are those of a browser's context."""
    with ExitStack() as exits:

        def open_tab(**options: object) -> Visit:
            context = browser.new_context(base_url=factory.url, **options)  # type: ignore[arg-type]
            exits.callback(context.close)
            context.set_default_timeout(15_000)
            made = Visit(context.new_page(), factory.origins).watch()
            exits.callback(made.check)
            return made

        yield open_tab


@pytest.fixture
def visit_as(visit: Callable[..., Visit], factory: Factory) -> VisitAs:
    """Open a tab as somebody of a group: `visit_as("viewer", "lines.html")`."""

    def signed_in(group: str, address: str = "lines.html", **options: object) -> Visit:
        made = visit(**options)
        made.open(address)
        sign_in(made, group, factory.passwords[group])
        made.page.locator("#content h1").wait_for()
        return made

    return signed_in


def sign_in(visit: Visit, user: str, password: str) -> None:
    """Fill in the form."""
    visit.page.get_by_label("User name").fill(user)
    visit.page.get_by_label("Password").fill(password)
    visit.page.get_by_role("button", name="Sign in").click()
