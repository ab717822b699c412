"""The page of a case says each half minute that it is open, and is told who else has it open."""

from flask import Blueprint, render_template

from staff_app import people, scenes
from staff_app.desks import at, desk
from staff_app.people import CASE_WORK
from workflows import viewing
from workflows.reports import looking


def register(blueprint: Blueprint) -> None:
    people.page(blueprint, "/cases/<reference>/viewing", CASE_WORK, _viewing, methods=["POST"])


def _viewing(reference: str) -> str:
    case = scenes.of_case(reference).case
    viewing.see(desk(), case, people.me(), at())
    desk().session.commit()
    lookers, _staff = looking.at_cases(desk(), [case.id], at(), but=people.me())
    return render_template("parts/lookers.html", case=case, lookers=lookers.get(case.id, []))
