"""The customer's pages: request in three steps, status, signature."""

from flask import Flask

from staff_app.customers import another_date, handover, lost, request, signature, status
from staff_app.customers.pages import customers

__all__ = ["another_date", "handover", "lost", "register", "request", "signature", "status"]


def register(app: Flask) -> None:
    """Adds the customer's pages to the web app."""
    # The pages send no referrer, because tokens stand in their addresses. The strict check would refuse
    # every form over HTTPS for want of one; the token in the form and the SameSite cookie remain.
    app.config["WTF_CSRF_SSL_STRICT"] = False
    app.register_blueprint(customers)
