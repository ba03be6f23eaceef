"""The site's files as the gateway sends them."""

from __future__ import annotations

from pathlib import Path

import pytest

from sightline.http.site import content_security_policy, headers
from sightline.local.gateway.messages import Answer, Request
from sightline.local.site import SiteFiles, site_page


@pytest.fixture
def site(tmp_path: Path) -> SiteFiles:
    (tmp_path / "site/lib").mkdir(parents=True)
    (tmp_path / "site/index.html").write_text("<!doctype html>", "utf-8")
    (tmp_path / "site/lib/api.js").write_text("export const a = 1", "utf-8")
    (tmp_path / "secret.txt").write_text("secret", "utf-8")
    return SiteFiles(tmp_path / "site", headers())


def get(site: SiteFiles, path: str, method: str = "GET", **sent: str) -> Answer:
    return site(Request(method, path, headers=[(n.replace("_", "-"), v) for n, v in sent.items()]))


def header(answer: Answer, name: str) -> str | None:
    return next((value for found, value in answer.headers if found == name), None)


def test_files_have_their_types_and_the_address_alone_is_the_shell(site: SiteFiles) -> None:
    assert get(site, "/").body == b"<!doctype html>"
    assert header(get(site, "/index.html"), "Content-Type") == "text/html; charset=utf-8"
    assert header(get(site, "/lib/api.js"), "Content-Type") == "text/javascript; charset=utf-8"


def test_a_file_that_the_browser_has_is_not_sent_again(site: SiteFiles) -> None:
    tag = header(get(site, "/lib/api.js"), "ETag")
    assert tag
    again = get(site, "/lib/api.js", if_none_match=tag)
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/%2e%2e/secret.txt", "//secret.txt", "/lib", "/nothing.html"]
)
def test_nothing_but_the_files_of_the_site_is_served(site: SiteFiles, path: str) -> None:
    assert get(site, path).status == 404


def test_files_cannot_be_written(site: SiteFiles) -> None:
    assert get(site, "/lib/api.js", method="PUT").status == 404


def test_every_file_comes_with_the_headers_that_cloudfront_sends(site: SiteFiles) -> None:
    sent = dict(get(site, "/lib/api.js").headers)
    assert headers().items() <= sent.items()


def test_the_policy_lets_in_no_script_from_elsewhere_and_none_inline() -> None:
    policy = content_security_policy(["https://api.example"], ["https://pictures.example"])
    found = {name: rest for name, _, rest in (part.partition(" ") for part in policy.split("; "))}
    assert found["default-src"] == "'none'"
    assert found["script-src"] == found["style-src"] == "'self'"
    assert found["img-src"] == "'self' blob: https://pictures.example"
    assert found["connect-src"] == "'self' https://api.example https://pictures.example"
    assert "unsafe" not in policy


def test_a_checkout_without_a_site_says_what_to_do(tmp_path: Path) -> None:
    shown = site_page(tmp_path, headers())(Request("GET", "/"))
    assert shown.status == 200
    assert b"make site" in shown.body
