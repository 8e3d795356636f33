"""Four set-ups that show what tracing is for: one alone, then three at once on the same ports."""
