"""`python -m command_line` is `lastcall`."""

from command_line import main

main()
