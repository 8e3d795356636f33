"""Jaeger's own page, as it shows a failing set-up: on our configuration, drawn by a real browser."""

from __future__ import annotations

import json
import urllib.parse
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan

from otel_multisig import configure, trace_escrow
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events
from tests.running.configured import BACKENDS, Jaeger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from otel_multisig import Escrow
    from otel_multisig.testing.recording import Recorded
    from tests.browser.chromium import Browser, Page

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "jaeger-trace.png"
SERVICE = "otel-multisig"
ROLES = {"buyer": 18082, "vendor": 18083, "arbiter": 18084}
ROWS = "[...document.querySelectorAll('.span-row')]"
DETAIL = "document.querySelector('.detail-row')"


def settled(state: str) -> str:
    return f"document.querySelectorAll({state!r}).length > 0"


@pytest.fixture(scope="module")
def jaeger(require_server: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jaeger]:
    """Jaeger on the files of collector-config/backends, page and all."""
    page = str(BACKENDS / "jaeger-ui.json")
    with Jaeger(require_server("jaeger"), tmp_path_factory.mktemp("jaeger"), JAEGER_UI=page) as jaeger:
        yield jaeger


@pytest.fixture
def failing(recorded_spans: Recorded, jaeger: Jaeger) -> dict[str, str]:
    """A set-up that fails in round 2, in Jaeger; its ids."""
    escrow = trace_escrow(str(uuid.uuid4()))
    with pytest.raises(RuntimeError):
        set_up(escrow)
    export(recorded_spans.spans, jaeger)
    return {"escrow": escrow.escrow_id, "setup": escrow.setup_id, "trace": escrow.trace_id}


def set_up(escrow: Escrow) -> None:
    with escrow:
        for number, method in ((1, "prepare_multisig"), (2, "exchange_multisig_keys")):
            with escrow.round(number) as current:
                for role, port in ROLES.items():
                    point = f"pre_round{number}"
                    known: dict[str, Any] = {
                        attr.MONERO_SNAPSHOT_POINT: point,
                        attr.MONERO_WALLET_IS_MULTISIG: number > 1,
                    }
                    current.happen(events.WALLET_SNAPSHOT, role, known)
                    with escrow.call(role, method, port=port) as call:
                        if (number, role) == (2, "vendor"):
                            call.error_answer(-31, "This wallet is not multisig")
                            raise RuntimeError("not multisig")


def export(spans: Iterable[ReadableSpan], jaeger: Jaeger) -> None:
    exporter = OTLPSpanExporter(endpoint=jaeger.otlp, insecure=True)
    exporter.export([of_our_service(span) for span in spans])
    exporter.shutdown()


def of_our_service(span: ReadableSpan) -> ReadableSpan:
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=Resource({"service.name": SERVICE}),
        attributes=span.attributes,
        events=span.events,
        links=span.links,
        kind=span.kind,
        status=span.status,
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


class Tab:
    """A page of Jaeger, open in the browser."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url

    def go(self, path: str, ready: str) -> None:
        self.page.command("Page.navigate", {"url": self.url + path})
        self.page.wait(f"location.href.startsWith({self.url!r}) && {ready}")
        self.page.settle()

    def rows(self) -> list[dict[str, Any]]:
        """The rows of a trace: name, whether there is the mark of an error, and its colour."""
        found: list[dict[str, Any]] = self.page.evaluate(
            f"{ROWS}.map((row) => {{ const mark = row.querySelector('.SpanBarRow--errorIcon'); return {{"
            "name: row.querySelector('.endpoint-name').textContent.trim(), failed: mark !== null,"
            "colour: mark && getComputedStyle(mark).backgroundColor,"
            "marks: row.querySelectorAll('[class*=SpanBar--logMarker]').length} })"
        )
        return found

    def open_row(self, number: int) -> str:
        """What a row says when it is opened; it is closed again by another call."""
        self.page.evaluate(f"{ROWS}[{number}].querySelector('.span-view').click()")
        self.page.wait(DETAIL)
        self.page.settle()
        text: str = self.page.evaluate(f"{DETAIL}.innerText")
        return text

    def unfold_tags(self) -> list[str]:
        """The names of the tags of the row that is open, in their order."""
        self.page.evaluate(f"{DETAIL}.querySelector('.AccordionAttributes--header').click()")
        self.page.wait(f"{DETAIL}.querySelector('tr')")
        names: list[str] = self.page.evaluate(
            f"[...{DETAIL}.querySelector('table').querySelectorAll('tr')].map((row) => row.cells[0].innerText.trim())"
        )
        return names


@pytest.fixture
def tab(browser: Browser, jaeger: Jaeger) -> Iterator[Tab]:
    page = browser.new_page()
    yield Tab(page, jaeger.query)
    page.close()


def test_a_failing_set_up_is_good_to_read(tab: Tab, failing: dict[str, str]) -> None:
    tab.go(f"/trace/{failing['trace']}", "document.querySelectorAll('.span-row').length === 8")
    rows = tab.rows()
    assert [(row["name"], row["failed"]) for row in rows] == [
        ("multisig_setup", True),
        ("multisig_round 1", False),
        *[("prepare_multisig", False)] * 3,
        ("multisig_round 2", True),
        ("exchange_multisig_keys", False),
        ("exchange_multisig_keys", True),
    ]
    red, green, blue = (int(part) for part in rows[-1]["colour"].removeprefix("rgb(").removesuffix(")").split(","))
    assert red > 200
    assert max(green, blue) < 120

    call = tab.open_row(7)
    assert "This wallet is not multisig" in call
    assert "event=exception" in call.replace("\n", "")
    tags = tab.unfold_tags()
    first = ["error", "error.type", "otel.status_description", "monero.wallet.role", "server.port"]
    assert [tag.split()[0] for tag in tags[:5]] == first
    links = dict(tab.page.evaluate(f"[...{DETAIL}.querySelectorAll('a')].map((a) => [a.title, a.href])"))
    links.pop("", None)  # the span's own address
    tab.page.evaluate(f"{ROWS}[7].querySelector('.span-view').click()")

    # The snapshots of round 2 are marks on its bar, and logs of it.
    assert "monero.wallet.snapshot" in tab.open_row(5)
    logs = tab.page.evaluate(f"{DETAIL}.innerText").replace("\n", "")
    assert logs.count("event=monero.wallet.snapshot") == 2
    if not PICTURE.exists():  # to take it anew, remove it
        PICTURE.write_bytes(tab.page.screenshot())
    assert len(PICTURE.read_bytes()) < 200_000

    assert set(links) == {
        f"All set-ups of escrow {failing['escrow']}",
        f"All traces of set-up {failing['setup']}",
        "Who used port 18083 in the last 2 hours",
    }
    for address in links.values():
        tab.go(address.removeprefix(tab.url), settled("[class*=ResultItemTitle]"))
        assert tab.page.evaluate(f"document.body.innerHTML.includes({failing['trace']!r})")


def test_the_menu_has_searches_filled_in(tab: Tab, failing: dict[str, str]) -> None:
    (menu,) = json.loads((BACKENDS / "jaeger-ui.json").read_bytes())["menu"]
    found = {}
    for item in menu["items"]:
        tab.go(item["url"], "document.querySelector('input[name=tags], #tags, form') !== null")
        tab.page.wait("/(\\d+ Traces?|No trace results)/.test(document.body.innerText)")
        found[item["label"]] = tab.page.evaluate(f"document.body.innerHTML.includes({failing['trace']!r})")
        asked = urllib.parse.parse_qs(urllib.parse.urlsplit(item["url"]).query)
        filled = "[...document.querySelectorAll('form input')].map((one) => one.value).join(' ')"
        tags = [f"{name}={value}" for name, value in json.loads(asked.get("tags", ["{}"])[0]).items()]
        for text in [*asked["service"], *asked.get("operation", []), *tags]:
            tab.page.wait(f"({filled} + document.body.innerText).includes({text!r})")
    assert found == {
        "Set-ups of the last 2 hours": True,
        "Failed set-ups": True,
        "Failed calls": True,
        "Stuck, or were for a while": False,
    }


def test_a_stuck_set_up_is_in_the_menu_s_search(tab: Tab, recorded_spans: Recorded, jaeger: Jaeger) -> None:
    configure(pending_after=0.02)
    with trace_escrow(str(uuid.uuid4())) as escrow, escrow.round(1), escrow.call("buyer", "make_multisig", port=18082):
        while not (
            marked := [span for span in recorded_spans.spans if attr.MONERO_SPAN_PENDING in dict(span.attributes or {})]
        ):
            tab.page.settle()
        export(marked, jaeger)
    (menu,) = json.loads((BACKENDS / "jaeger-ui.json").read_bytes())["menu"]
    tab.go(menu["items"][-1]["url"], settled("[class*=ResultItemTitle]"))
    assert tab.page.evaluate(f"document.body.innerHTML.includes({escrow.trace_id!r})")
