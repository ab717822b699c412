"""The web app: HTTP and HTML, nothing else. It starts no scheduler."""

from datetime import timedelta

from flask import Flask
from flask_migrate import Migrate
from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI

from staff_app import (
    api,
    customers,
    doors,
    errors,
    frame,
    limits,
    neighbours,
    people,
    security,
    sessions,
    staff,
)
from workflows import migrating
from workflows.db import db, options, with_manners
from workflows.evidence import MEGABYTE
from workflows.files import templates
from workflows.house import House
from workflows.version import VERSION


def create_app(house: House) -> Flask:
    """The web app of a house. Tests hand in a house with a sandbox inside."""
    app = OpenAPI(
        "staff_app",
        info=Info(title="Lastcall", version=VERSION),
        template_folder=str(templates()),
        static_folder="static",
        doc_ui=False,
    )
    app.config.update(
        SECRET_KEY=house.secrets.secret_key,
        SQLALCHEMY_DATABASE_URI=house.secrets.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=options(house.secrets.database_url),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=house.settings.web.public_url.startswith("https"),
        PERMANENT_SESSION_LIFETIME=timedelta(hours=house.settings.web.session_hours),
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=(house.settings.files.largest_mb + 1) * MEGABYTE,
    )
    app.extensions["house"] = house
    db.init_app(app)
    Migrate(app, db, str(migrating.FOLDER))
    with app.app_context():
        with_manners(db.engine)
    security.register(app)
    for part in (sessions, limits, people, errors, frame, neighbours, doors, staff):
        part.register(app)
    customers.register(app)
    api.register(app)
    return app
