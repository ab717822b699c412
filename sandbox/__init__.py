"""A phone platform to try things on: the sandbox's books behind HTTP, with a page for people."""
