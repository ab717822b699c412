"""The platform and the carriers over HTTP; the contract is docs/platform.openapi.yaml."""

from workflows.adapters.http.carrier import HttpCarrier
from workflows.adapters.http.platform import HttpPlatform

__all__ = ["HttpCarrier", "HttpPlatform"]
