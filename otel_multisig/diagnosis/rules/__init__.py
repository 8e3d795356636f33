"""The rules: one module a fault, or a few that belong together; each a function of a case to what it claims."""
