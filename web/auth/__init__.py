"""Who is there, and what they may: accounts, sessions, tokens, and the gate in front of all."""
