"""For whoever watches the program: is it alive, can it work? Open to all, and says nothing else."""

from flask import Blueprint, Response, jsonify, request
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from staff_app.api.problems import problem
from workflows.db import db
from workflows.records import Beat

health = Blueprint("health", __name__, url_prefix="/health")


@health.get("/live")
def live() -> Response:
    return jsonify(status="alive")


@health.get("/ready")
def ready() -> Response:
    """Ready: the database answers and has our tables."""
    db.session.execute(select(Beat.name).limit(1))
    return jsonify(status="ready")


@health.errorhandler(SQLAlchemyError)
def without_database(wrong: SQLAlchemyError) -> Response:
    """Every page that only shows begins a reading transaction; alive is who can answer without one."""
    return live() if request.endpoint == "health.live" else problem("not-ready")
