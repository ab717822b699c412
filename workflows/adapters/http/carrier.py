"""The losing carriers' port orders over HTTP."""

from workflows.adapters.http.line import Line, part
from workflows.adapters.http.wire import OrdersWire, OrderWire
from workflows.adapters.platform import OrderBook


class HttpCarrier:
    """`timeout` (seconds) covers connecting, writing and waiting for the answer."""

    def __init__(self, url: str, token: str, timeout: float = 10.0) -> None:
        self._line = Line(url, token, timeout, name="carrier")

    def order(self, ref: str) -> OrderBook | None:
        found = self._line.read(OrderWire, f"orders/{part(ref)}")
        return found.book() if found else None

    def orders(self, account: str) -> list[OrderBook]:
        return self._listed({"account": account})

    def changes(self, after: int) -> list[OrderBook]:
        return self._listed({"after": after})

    def _listed(self, params: dict[str, str | int]) -> list[OrderBook]:
        found = self._line.read(OrdersWire, "orders", params)
        return found.books() if found else []

    def close(self) -> None:
        self._line.close()
