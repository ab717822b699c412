"""The customer's pages: request in three steps, status, signature."""

from flask import Flask


def register(app: Flask) -> None:
    """Adds the customer's pages to the web app."""
