"""``python -m vizy.cli``: the command without its entry point."""

from vizy.cli import main

main(prog_name="vizy")
