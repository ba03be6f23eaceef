"""What the site is served with: CloudFront and the local gateway send the same headers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

HSTS_SECONDS = 365 * 24 * 3600
# Files keep their names from one version to the next: browsers ask whether theirs is the latest.
CACHE_CONTROL = "no-cache"
CONTENT_TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
_PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


def headers(*, connect: Iterable[str] = (), pictures: Iterable[str] = ()) -> dict[str, str]:
    """The security headers of every file, but for HSTS, which is for TLS only.

    `connect` are the origins of the services, `pictures` those that pictures come from and are
    sent to.
    """
    return {
        "Content-Security-Policy": content_security_policy(connect, pictures),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": _PERMISSIONS_POLICY,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }


def picture_origins(bucket: str, region: str) -> tuple[str, str]:
    """Where addresses of a bucket's pictures lead; us-east-1 signs them without its name.

    No certificate covers a bucket with dots in its name: that comes after S3's own name.
    """
    if "." in bucket:
        return f"https://s3.amazonaws.com/{bucket}/", f"https://s3.{region}.amazonaws.com/{bucket}/"
    return f"https://{bucket}.s3.amazonaws.com", f"https://{bucket}.s3.{region}.amazonaws.com"


def narrowed(document: str, connect: Iterable[str]) -> str:
    """A page that asks these origins and its own alone, even where its headers allow more.

    Headers are declared before the services are deployed and have their ids, so without domains of
    their own they allow every API of the region. Pages are uploaded afterwards, and what they say
    themselves counts besides the headers: browsers enforce both.
    """
    sources = " ".join(["'self'", *sorted(set(connect))])
    tag = f'<meta http-equiv="Content-Security-Policy" content="connect-src {sources}">'
    return document.replace("<head>", f"<head>\n    {tag}", 1)


def content_security_policy(
    connect: Iterable[str], pictures: Iterable[str], *, only_shown: Iterable[str] = ()
) -> str:
    """Scripts and styles from the site's own files only, never inline; no plug-ins, no frames.

    From `only_shown` pictures come, and nothing is sent there.
    """
    shown = tuple(pictures)
    policy = {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "font-src": ["'self'"],
        "img-src": ["'self'", "blob:", *shown, *only_shown],
        "connect-src": ["'self'", *connect, *shown],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in policy.items())
