"""What went wrong in a set-up, which wallet, since when, on what evidence: rules over one set-up and over several."""

from __future__ import annotations

from otel_multisig.diagnosis.diagnosing import diagnose
from otel_multisig.diagnosis.facts import SetupFacts
from otel_multisig.diagnosis.finding import BEFORE_ROUNDS, Diagnosis, Evidence, Finding, Observation

__all__ = ["BEFORE_ROUNDS", "Diagnosis", "Evidence", "Finding", "Observation", "SetupFacts", "diagnose"]
