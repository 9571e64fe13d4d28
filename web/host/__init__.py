"""The machine's own name, clock and network: read, and changed where its services allow it."""
