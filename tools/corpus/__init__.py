"""The corpus: set-ups whose faults were provoked on purpose, recorded, and labelled by what was done.

``python -m tools.corpus --out DIR`` builds it anew. A *driver* (`driver.Group`) runs one to four escrows
(`client.EscrowClient`) against wallet servers (`bench.Bench`) in a forced order, traces them with our own API, and
writes down what it did to which of them (`labels.Label`). `legacy_client` makes of each record what the legacy client
would have written. What is provoked stands in `scenarios`, one function a scenario, each with the reasons for its
labels.
"""

from __future__ import annotations
