"""The API for the store, and the webhooks of carriers and the mail provider."""

from flask_openapi3 import OpenAPI


def register(app: OpenAPI) -> None:
    """Adds the API to the web app."""
