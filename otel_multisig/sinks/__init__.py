"""Where set-ups go to: folders of legacy recordings, files that are there whole or not at all.

`otel_multisig.sinks.otlp_file` is not imported here: it needs the extra ``otlp``.
"""

from __future__ import annotations

from otel_multisig.sinks.atomic import DEFAULT_MODE, create_file, replace_file
from otel_multisig.sinks.legacy_folder import Change, LegacyFolder, RecordingExistsError, Written
from otel_multisig.sinks.recording import Recording, record
from otel_multisig.sinks.retention import Retention
from otel_multisig.sinks.staging import Staging, open_staging

__all__ = [
    "DEFAULT_MODE",
    "Change",
    "LegacyFolder",
    "Recording",
    "RecordingExistsError",
    "Retention",
    "Staging",
    "Written",
    "create_file",
    "open_staging",
    "record",
    "replace_file",
]
