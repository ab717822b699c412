"""The users, for admins: who is on the team, and one person's account with what can be done about it."""

from flask import Blueprint, render_template
from sqlalchemy import select

from staff_app import actions, people, scenes
from staff_app.desks import desk
from workflows.records import User
from workflows.states import Role

ADMIN = (Role.admin,)


def register(blueprint: Blueprint) -> None:
    people.page(blueprint, "/admin/users", ADMIN, _users)
    people.page(blueprint, "/admin/users/<int:thing>", ADMIN, _user)


def _users() -> str:
    found = desk().session.scalars(select(User).order_by(User.is_active.desc(), User.name, User.id)).all()
    return render_template("pages/staff_users.html", users=found)


def _user(thing: int) -> str:
    scene = scenes.of_user(thing)
    acts = actions.possible("user", scene)
    return render_template("pages/staff_user.html", user=scene.user, acts=acts)
