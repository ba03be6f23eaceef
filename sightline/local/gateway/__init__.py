"""API Gateway on this machine: the Chalice services behind one local port.

    with Gateway([Service("ingest", Path("services/ingest"), environment)], pool) as gateway:
        print(gateway.url("ingest"))

Routes, methods, CORS and authorizers are read from each app itself; requests become the events that
API Gateway sends, and the app runs in the same worker processes as the other functions.
"""

from sightline.local.gateway.front import Gateway
from sightline.local.gateway.pages import Page
from sightline.local.gateway.routes import Service

__all__ = ["Gateway", "Page", "Service"]
