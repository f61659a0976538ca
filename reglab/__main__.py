"""``python -m reglab`` is the command line."""

from .cli import main

main(prog_name="reglab")
