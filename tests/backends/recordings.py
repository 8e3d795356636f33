"""Legacy recordings for real backends: ordinary ones and odd ones, made of what real ones hold."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from otel_multisig.legacy import LegacyEvent, encode

SAMPLES = sorted((Path(__file__).parents[1] / "data" / "legacy").glob("escrow_*.json"))
START_MS = 1_700_000_000_000
LARGE = 9
Event = dict[str, Any]


def write_recordings(folder: Path, number: int, start_ms: int = START_MS, *, odd: bool = True) -> dict[str, bytes]:
    """Fill a folder with recordings in canonical form; gives their bytes by name."""
    folder.mkdir(parents=True)
    samples = [json.loads(path.read_bytes()) for path in SAMPLES]
    made = {}
    for place in range(number):
        events = copy.deepcopy(samples[place % len(samples)])
        change = near_tempos_limit if place == LARGE else ODD[place % len(ODD)] if place // len(ODD) % 2 == 0 else None
        escrow_id = f"{place:08x}-0000-4000-8000-{place:012x}"
        shift = start_ms + 1000 * place - events[0]["timestamp"]
        setup_id = f"{escrow_id}-{start_ms + 1000 * place}"
        for event in events:
            event["trace_id"] = setup_id
            event["timestamp"] += shift
        if odd and change is not None:
            events = change(events)
        failed = any(event["event_type"] == "ERROR_FINAL" for event in events)
        name = f"escrow_{escrow_id}{'_FAILED' if failed else ''}.json"
        made[name] = encode([LegacyEvent(**event) for event in events])
        (folder / name).write_bytes(made[name])
    return made


def custom(events: list[Event], **details: Any) -> Event:
    last = events[-1]
    return {
        "trace_id": last["trace_id"],
        "timestamp": last["timestamp"],
        "event_type": "CUSTOM",
        "role": "coordinator",
        "details": details,
    }


def long_texts(events: list[Event]) -> list[Event]:
    events.insert(3, custom(events, event="note", text="é€\U0001f642 " * 750, more={"deep": ["x" * 3000]}))
    for event in events:
        if event["event_type"] in {"ERROR_FINAL", "RPC_CALL_ERROR"}:
            event["details"]["error"] = "wallet is not multisig: " + "y" * 3000
    return events


def near_tempos_limit(events: list[Event]) -> list[Event]:
    filler = [custom(events, event="filler", number=number, text=f"{number:06d}" * 1500) for number in range(420)]
    return events[:5] + filler + events[5:]


def edges(events: list[Event]) -> list[Event]:
    numbers = {"most": 2**64 - 1, "least": -(2**63), "tiny": 5e-324, "huge": 1.7e308, "zero": -0.0}
    events.insert(2, custom(events, event="edges", **numbers))
    for event in events:
        if "balance" in event["details"]:
            event["details"]["balance"] = [2**64 - 1, 2**63]
    return events


def backwards(events: list[Event]) -> list[Event]:
    for number, event in enumerate(events):
        event["timestamp"] -= 700 * number
        if "duration_ms" in event["details"]:
            event["details"]["duration_ms"] = number % 2 * (2**64 - 1)
    return events


def at_once(events: list[Event]) -> list[Event]:
    for event in events:
        event["timestamp"] = events[0]["timestamp"]
    return events


def at_the_edges_of_time(events: list[Event]) -> list[Event]:
    for event, time in zip(events, (0, 1, 2**63, 2**64 - 1), strict=False):
        event["timestamp"] = time
    return events


def gone(events: list[Event]) -> list[Event]:
    """Calls that never end, ends without a start."""
    return [event for number, event in enumerate(events) if number % 3 or not event["event_type"].startswith("RPC")]


def shapes(events: list[Event]) -> list[Event]:
    for details in ([], {}, None, "text", 5, [1, [2, {"b": None}]], {"event": 7, "": [], "ключ": {"": None}}):
        events.append(custom(events) | {"details": details})
    events[0]["role"] = "Ärbiter/1"
    return events


ODD = (long_texts, edges, backwards, at_once, gone, shapes, at_the_edges_of_time)
