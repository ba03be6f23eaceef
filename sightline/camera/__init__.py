"""The camera SDK: needs nothing but urllib3 and the standard library.

from sightline.camera import Camera

with Camera(endpoint, token, spool_dir="/var/spool/sightline") as camera:
    upload = camera.upload("part-0001.jpg", serial="A-17")
    print(camera.verdict(upload.image_id, wait=10).verdict)
"""

from sightline.camera.client import Camera, Upload, Verdict
from sightline.camera.sender import FlushReport
from sightline.camera.spool import SpoolFullError, SpoolUsage

__all__ = ["Camera", "FlushReport", "SpoolFullError", "SpoolUsage", "Upload", "Verdict"]
