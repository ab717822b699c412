"""Rehearsals: a whole case life as one TOML file, played against the real program."""
