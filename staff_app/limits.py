"""How often one network address may knock. Kept in memory: accounts are locked in the database instead."""

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

KNOCKS = "30 per minute; 200 per hour"

limiter = Limiter(get_remote_address, storage_uri="memory://", strategy="fixed-window")


def register(app: Flask) -> None:
    limiter.init_app(app)
