"""Read-only queries behind queue, lists and figures."""
