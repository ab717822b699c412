"""What the sandbox's pages and API work on: the books, who is told, and where they are kept."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from flask import current_app

from sandbox.acts import AnyAct, Port
from sandbox.keeping import Keeper
from sandbox.webhooks import Told, Webhook
from workflows.adapters.sandbox import Books


@dataclass
class Desk:
    books: Books
    token: str
    webhook: Webhook
    keeper: Keeper
    now: Callable[[], datetime]
    told: deque[Told] = field(default_factory=lambda: deque(maxlen=20))
    """How the last webhooks ended, the newest first."""

    def do(self, act: AnyAct) -> str:
        """Does one act and says in a sentence what came of it. Raises BooksError."""
        done = act.do(self.books, self.now())
        if isinstance(act, Port) and act.tell:
            self.keeper.keep()
            self.told.appendleft(self.webhook.tell(act.order, act.account, self.now()))
            done = f"{done}; {self.told[0].words}"
        return f"{done}."


def desk() -> Desk:
    return cast(Desk, current_app.extensions["sandbox"])
