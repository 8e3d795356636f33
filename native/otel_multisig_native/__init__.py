"""Compiled counterparts of what is hot in `otel_multisig`.

Each reads or writes what is usual, and gives None for anything else: then the Python code, which knows every case and
every error, does it. Nothing here knows the name of an attribute or a class of the core: the core hands them in.
"""

__version__ = "0.1.0"
"""That of the core it fits."""
