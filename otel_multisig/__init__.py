"""OpenTelemetry for Monero multisig escrow set-ups."""
