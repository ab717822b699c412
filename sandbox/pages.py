"""The sandbox's one page: what stands in the books, and forms to change it."""

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from pydantic import ValidationError
from werkzeug.wrappers import Response

from sandbox.acts import ACTS
from sandbox.desk import desk
from sandbox.problems import in_words
from workflows.adapters.sandbox import FAULTS, READ_FAULTS, REVERSIBLE, STEPS, BooksError
from workflows.states import OrderState

pages = Blueprint("pages", __name__, template_folder="templates")
NEXT_STATES = {
    OrderState.requested: "Set back to requested",
    OrderState.committed: "Commit",
    OrderState.completed: "Complete",
    OrderState.rejected: "Reject",
    OrderState.cancelled: "Cancel",
}
LINES = 50
"""Lines of the ledger that are shown."""


@pages.get("/")
def index() -> Response:
    return make_response(_page(request.args.get("account", "")))


@pages.post("/do/<act>")
def do(act: str) -> Response:
    """One form. What makes no sense comes back as a sentence, with what was typed."""
    form = {name: value for name, value in request.form.items() if name not in ("csrf_token", "shown")}
    shown = request.form.get("shown", "")
    if act not in ACTS:
        return make_response(_page(shown, wrong="There is no such form."), 404)
    try:
        done = desk().do(ACTS[act](_with_zone(form)))
    except ValidationError as wrong:
        return make_response(_page(shown, wrong=in_words(wrong) + ".", act=act, typed=form), 422)
    except BooksError as wrong:
        return make_response(_page(shown, wrong=str(wrong), act=act, typed=form), 422)
    flash(done)
    return redirect(url_for("pages.index", account=shown or None), 303)


def _with_zone(form: dict[str, Any]) -> dict[str, Any]:
    """A browser's field for date and time knows no zone; the page says that it means UTC."""
    foc = form.get("foc", "")
    return form | {"foc": f"{foc}+00:00"} if foc and "+" not in foc and "Z" not in foc else form


def _page(ref: str, *, wrong: str = "", act: str = "", typed: dict[str, str] | None = None) -> str:
    books = desk().books
    listed = [found for each in books.accounts() if (found := books.account(each))]
    shown = books.account(ref) or (listed[0] if listed else None)

    def kept(form: str, name: str, otherwise: str = "") -> str:
        return (typed or {}).get(name, otherwise) if form == act else otherwise

    return render_template(
        "sandbox.html",
        accounts=listed,
        shown=shown,
        orders=books.orders(shown.ref) if shown else [],
        books=books,
        calls=list(reversed(books.calls[-LINES:])),
        told=list(desk().told),
        now=desk().now(),
        states=NEXT_STATES,
        names=("read", *STEPS, *(f"undo:{each}" for each in REVERSIBLE)),
        answers=FAULTS,
        read_answers=READ_FAULTS,
        wrong=wrong,
        kept=kept,
    )
