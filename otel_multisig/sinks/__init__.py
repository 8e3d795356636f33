"""Where set-ups go to: folders of legacy recordings, files that are there whole or not at all.

`otel_multisig.sinks.otlp_file` is not imported here: it needs the extra ``otlp``.
"""

from __future__ import annotations

from otel_multisig.sinks.atomic import DEFAULT_MODE, create_file, replace_file
from otel_multisig.sinks.legacy_folder import Change, LegacyFolder, Recording, RecordingExistsError, Written, record
from otel_multisig.sinks.retention import Retention

__all__ = [
    "DEFAULT_MODE",
    "Change",
    "LegacyFolder",
    "Recording",
    "RecordingExistsError",
    "Retention",
    "Written",
    "create_file",
    "record",
    "replace_file",
]
