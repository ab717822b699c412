"""The end of a service: plan, guards, run, reconciler."""
