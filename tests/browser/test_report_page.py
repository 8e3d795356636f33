from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from otel_multisig.diagnosis import Diagnosis, Evidence, Finding, Observation, SetupFacts
from otel_multisig.model import EscrowTrace, Event, Moment, Span, SpanKind
from otel_multisig.report.html import Reported, Unread
from otel_multisig.semconv import attributes as attr
from otel_multisig.semconv import events, upstream
from otel_multisig.semconv.attributes import FaultType

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

HEADING = "document.querySelector('.panel h3')?.textContent"
SPOKEN = "document.querySelector('.timeline .spoken').textContent"
AXIS = "document.querySelector('canvas.axis').toDataURL()"
LANES = "document.querySelector('canvas.lanes').toDataURL()"


@pytest.fixture(scope="session")
def htmls(load_module: Callable[[Path], ModuleType]) -> ModuleType:
    return load_module(Path(__file__).parents[1] / "report" / "htmls.py")


@pytest.fixture
def page(open_page: Callable[..., Any], htmls: ModuleType, setups: ModuleType) -> Any:
    """The page of two set-ups, of which one spoilt the other."""
    return open_page(htmls.page_of(htmls.swapped(setups)))


def box(page: Any, selector: str) -> dict[str, float]:
    """Where an element is in the window, scrolled into sight."""
    found: dict[str, float] = page.evaluate(
        f"(() => {{ const one = document.querySelector({selector!r}); one.scrollIntoView({{block: 'center'}});"
        " const {x, y, width, height} = one.getBoundingClientRect(); return {x, y, width, height}; })()"
    )
    return found


def press_button(page: Any, name: str) -> None:
    page.evaluate(f"[...document.querySelectorAll('button')].find((one) => one.textContent === {name!r}).click()")
    page.settle()


def lanes(page: Any) -> list[str]:
    page.settle()
    names: list[str] = page.evaluate("[...document.querySelectorAll('.label .name')].map((one) => one.textContent)")
    return names


def focus_timeline(page: Any) -> None:
    page.evaluate("document.querySelector('.scroller').focus()")


def test_a_number_is_told_in_the_unit_that_rounding_brings_it_to(page: Any) -> None:
    micros = [9_949, 9_950, 999_499, 999_500, 59_994_999, 59_995_000, 119_500_000, 3_599_600_000, 86_399_999_999]
    functions = (files("otel_multisig.report.html") / "assets" / "text.js").read_text()
    assert page.evaluate(f"(() => {{ {functions}\nreturn {micros}.map(formatDuration); }})()") == [
        "9.9 ms", "10 ms", "999 ms", "1 s", "59.99 s", "1 min 0 s", "2 min 0 s", "1 h 0 min", "1 d 0 h",
    ]  # fmt: skip


def test_the_verdict_stands_on_top_with_its_remedy(page: Any, htmls: ModuleType) -> None:
    assert page.evaluate("document.querySelector('#summary').textContent") == (
        "A fault was found in 1 of 2 set-ups. One has none."
    )
    sentence = "document.querySelector('.verdict .sentence')"
    assert page.evaluate(f"{sentence}.textContent") == htmls.SENTENCE
    assert page.evaluate(f"{sentence}.checkVisibility() && {sentence}.getBoundingClientRect().bottom < innerHeight")
    assert page.evaluate("document.querySelector('.remedy').open")
    assert page.evaluate("document.querySelectorAll('.remedy li').length") > 1


def test_lanes_are_escrows_or_ports(page: Any) -> None:
    assert lanes(page) == ["aaaaaaaa", "bbbbbbbb"]
    by_escrow = page.evaluate(LANES)
    press_button(page, "by port")
    assert lanes(page) == [":18082", ":18083", ":18084"]
    assert page.evaluate(LANES) != by_escrow


def test_a_click_opens_what_an_event_says(page: Any) -> None:
    area = box(page, "canvas.lanes")
    places = [
        (area["x"] + across, area["y"] + down)
        for down in range(20, int(area["height"]), 10)
        for across in range(2, int(area["width"]), 6)
    ]
    for x, y in places:
        page.command("Input.dispatchMouseEvent", {"type": "mouseMoved", "x": x, "y": y})
        tip = page.evaluate("document.querySelector('.tip:not([hidden]) strong')?.textContent")
        if tip == "make_multisig":
            break
    page.click(x, y)
    assert page.evaluate(HEADING) == "make_multisig"
    text = page.evaluate("document.querySelector('.panel').innerText")
    assert "monero.wallet.role" in text
    assert "-28 This wallet is already multisig" in text
    assert "2 (start), 3 (end), 4 (error)" in text


def test_the_name_of_a_lane_opens_the_set_up(page: Any, htmls: ModuleType) -> None:
    focus_timeline(page)
    page.settle()
    name = box(page, ".label .name")
    page.click(name["x"] + 5, name["y"] + 5)
    text = page.evaluate("document.querySelector('.panel').innerText")
    assert htmls.ESCROW_A in text
    assert htmls.SENTENCE in text
    assert "recordings/a.json" in text


def test_the_evidence_leads_into_the_other_set_up(page: Any) -> None:
    press_button(page, "Show the evidence")
    assert page.evaluate(HEADING) == "make_multisig"
    press_button(page, "B was here")
    assert page.evaluate(HEADING) == "prepare_multisig"
    assert page.evaluate("document.querySelector('.panel .facts button').textContent") == "bbbbbbbb"


def test_the_timeline_answers_to_keys(page: Any) -> None:
    focus_timeline(page)
    page.press("ArrowRight")
    assert page.evaluate(SPOKEN).startswith("snapshot pre_round1, buyer, port 18082")
    page.press("ArrowRight")
    assert page.evaluate(SPOKEN).startswith("make_multisig, buyer")
    page.press("Enter")
    assert page.evaluate(HEADING) == "make_multisig"
    assert page.evaluate("document.activeElement === document.querySelector('.panel')")
    page.press("Escape")
    assert page.evaluate("document.querySelector('.panel').hidden")
    assert page.evaluate("document.activeElement === document.querySelector('.scroller')")
    page.press("ArrowDown")
    assert "vendor" in page.evaluate(SPOKEN) or "buyer" in page.evaluate(SPOKEN)
    before = page.evaluate(AXIS)
    page.press("+")
    nearer = page.evaluate(AXIS)
    assert nearer != before
    page.press("ArrowRight", modifiers=8)
    assert page.evaluate(AXIS) != nearer
    page.press("0")
    assert page.evaluate(AXIS) == before


def test_the_focus_can_be_seen_and_reaches_everything_by_tab(page: Any) -> None:
    seen = []
    for _ in range(60):
        page.press("Tab")
        seen.append(
            page.evaluate(
                "(() => { const one = document.activeElement; return [one.className || one.id || one.textContent,"
                " one === document.body || getComputedStyle(one).outlineStyle !== 'none']; })()"
            )
        )
    assert all(visible for _, visible in seen)
    names = [name for name, _ in seen]
    for wanted in ("scroller", "filter-fault", "filter-text", "matrix-setup", "cell"):
        assert wanted in names


def test_wheel_and_mouse_zoom_and_pan(page: Any) -> None:
    area = box(page, "canvas.lanes")
    x, y = area["x"] + area["width"] / 2, area["y"] + 30
    before = page.evaluate(AXIS)
    page.wheel(x, y, down=-300, modifiers=2)
    zoomed = page.evaluate(AXIS)
    assert zoomed != before
    page.wheel(x, y, across=120)
    moved = page.evaluate(AXIS)
    assert moved != zoomed
    page.drag((x, y), (x + 150, y))
    assert page.evaluate(AXIS) != moved
    press_button(page, "all")
    assert page.evaluate(AXIS) == before


def test_filters_choose_set_ups(open_page: Callable[..., Any], htmls: ModuleType, setups: ModuleType) -> None:
    page = open_page(htmls.page_of(htmls.swapped(setups)))
    for control, value, event, left in (
        ("filter-fault", "none", "change", ["bbbbbbbb"]),
        ("filter-fault", "wallet_swapped", "change", ["aaaaaaaa"]),
        ("filter-fault", "", "change", ["aaaaaaaa", "bbbbbbbb"]),
        ("filter-escrow", "BBBB", "input", ["bbbbbbbb"]),
        ("filter-escrow", "", "input", ["aaaaaaaa", "bbbbbbbb"]),
        ("filter-text", "already multisig", "input", ["aaaaaaaa"]),
        ("filter-text", "nothing like it", "input", []),
        ("filter-text", "", "input", ["aaaaaaaa", "bbbbbbbb"]),
        ("filter-role", "1", "change", ["bbbbbbbb"]),
    ):
        page.evaluate(
            f"(() => {{ const one = document.getElementById({control!r}); one.value = {value!r};"
            f" one.dispatchEvent(new Event({event!r})); }})()"
        )
        assert (lanes(page) if left else page.evaluate("document.querySelector('.none').hidden ? null : []")) == left


def test_times_are_relative_local_or_utc(page: Any) -> None:
    focus_timeline(page)
    page.press("ArrowRight")
    page.press("Enter")
    relative = page.evaluate(AXIS)
    press_button(page, "UTC")
    assert page.evaluate(AXIS) != relative
    assert "2026-11-21 21:01:57.947" in page.evaluate("document.querySelector('.panel').innerText")


def test_the_theme_follows_the_system_until_it_is_chosen(
    open_page: Callable[..., Any], htmls: ModuleType, setups: ModuleType
) -> None:
    page = open_page(htmls.page_of(htmls.swapped(setups)), dark=True)
    paper = "getComputedStyle(document.body).backgroundColor"
    dark, drawn = page.evaluate(paper), page.evaluate(LANES)
    press_button(page, "light")
    assert page.evaluate(paper) == "rgb(255, 255, 255)" != dark
    assert page.evaluate(LANES) != drawn


def test_the_snapshots_stand_side_by_side_with_what_changed(
    open_page: Callable[..., Any], htmls: ModuleType, setups: ModuleType
) -> None:
    setup = setups.SetupScript()
    for point, multisig in (("pre_round1", False), ("final", True)):
        for role in setups.PORTS:
            known = {attr.MONERO_WALLET_IS_MULTISIG: multisig and role != "arbiter"}
            known[attr.MONERO_WALLET_ADDRESS_HASH] = ("ab" if role != "arbiter" or not multisig else "cd") * 32
            setup.snapshot(role, point, **known)
    setup.finish()
    page = open_page(htmls.page_of([htmls.judged(setup.trace())]))
    rows = page.evaluate(
        "[...document.querySelectorAll('.matrix tr')].map((row) => [...row.cells].map((cell) => cell.innerText))"
    )
    assert [row[0] for row in rows] == ["point", "pre_round1", "final"]
    assert rows[0][1:] == ["buyer", "vendor", "arbiter"]
    assert all("plain" in cell and "A" in cell and "abababab" in cell for cell in rows[1][1:])
    assert "multisig" in rows[2][1]
    assert "▲ state" in rows[2][1]
    assert "▲ address" in rows[2][3]
    assert "≠ differs" in rows[2][3]
    assert "B" in rows[2][3]


def test_latencies_by_method(page: Any) -> None:
    rows = page.evaluate(
        "[...document.querySelectorAll('.latencies tbody tr')].map((row) => [...row.cells].map((one) => one.innerText))"
    )
    assert rows[0] == ["make_multisig", "4", "1", "1 ms", "13 ms", "13 ms"]
    assert [row[:2] for row in rows[1:]] == [["prepare_multisig", "3"], ["exchange_multisig_keys", "6"]]
    page.evaluate("document.querySelector('.latencies tbody button').click()")
    assert page.evaluate(HEADING) == "make_multisig"


def test_two_hundred_set_ups_are_drawn(open_page: Callable[..., Any], htmls: ModuleType, setups: ModuleType) -> None:
    page = open_page(htmls.page_of(htmls.many(setups, 200)))
    assert page.evaluate("document.querySelector('#summary').textContent").startswith(
        "A fault was found in 67 of 200 set-ups."
    )
    shown = lanes(page)
    assert 5 < len(shown) < 200
    assert page.evaluate("document.querySelector('canvas.overview').checkVisibility()")
    page.evaluate("document.querySelector('.scroller').scrollTop = 1e6")
    page.settle()
    assert "000000c7" in lanes(page)
    assert shown != lanes(page)


@pytest.mark.parametrize("known", [True, False], ids=["both records", "its record alone"])
def test_interference_is_drawn_where_both_set_ups_are_there(
    open_page: Callable[..., Any], htmls: ModuleType, setups: ModuleType, *, known: bool
) -> None:
    page = open_page(htmls.page_of(htmls.swapped(setups)[: 2 if known else 1]))
    lines = "document.querySelectorAll('#paper path[d*=C]').length"
    page.evaluate(f"addEventListener('beforeprint', () => {{ window.lines = {lines}; }})")
    page.pdf()
    assert page.evaluate("window.lines") == known


def test_on_paper_it_is_drawn_as_lines(open_page: Callable[..., Any], htmls: ModuleType, setups: ModuleType) -> None:
    page = open_page(htmls.page_of(htmls.many(setups, 30)), dark=True)
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.evaluate(
        "addEventListener('beforeprint', () => { window.sheets = document.querySelectorAll('#paper > svg').length; })"
    )
    assert page.pdf().startswith(b"%PDF")
    assert page.evaluate("window.sheets") == 3
    assert page.evaluate("document.querySelectorAll('#paper > svg').length") == 0
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark


def test_times_at_the_ends_of_all_times_are_drawn(open_page: Callable[..., Any], htmls: ModuleType) -> None:
    last = 2**64 - 1
    spans = [
        Span(SpanKind.CALL, f"{place:032x}", f"{place:016x}", "make_multisig", Moment(1, start), end=Moment(2, end))
        for place, (start, end) in enumerate(((0, 10), (last - 10, last), (0, last), (last, 0)), start=1)
    ]
    page = open_page(
        htmls.page_of([htmls.judged(EscrowTrace.build(f"{one.span_id}", one.span_id, [one])) for one in spans])
    )
    for name in ("UTC", "shown", "by port", "by escrow", "local", "relative"):
        press_button(page, name)
    focus_timeline(page)
    for key in ("ArrowRight", *("+" * 80), "ArrowDown", "ArrowDown", "Enter", "Escape", *("-" * 80), "0"):
        page.press(key)
    assert len(lanes(page)) == 4


def test_a_page_without_set_ups_says_so(open_page: Callable[..., Any], htmls: ModuleType) -> None:
    page = open_page(htmls.page_of([], problems=[Unread("half.json", "it ends early", "read it later")]))
    assert page.evaluate("document.querySelector('#summary').textContent") == "No set-up was found."
    assert "half.json: it ends early; read it later" in page.evaluate("document.querySelector('.problems').innerText")


@pytest.mark.parametrize(
    "text",
    [
        "</script><script>window.ran = 1</script>",
        "<img src=x onerror='window.ran = 1'><svg onload='window.ran = 1'>",
        "javascript:window.ran=1",
        "<!--<script>",
        "]]></style><iframe srcdoc='<script>parent.ran = 1</script>'>",
        "\u202e\u2067\u05e9\u05dc\u05d5\u05dd \u2028 {{window.ran = 1}} ${window.ran = 1}",
        "__proto__",
        "constructor",
        "x" * 20_000,
    ],
    ids=["script", "img", "url", "comment", "frame", "bidi", "proto", "constructor", "long"],
)
def test_nothing_that_a_recording_says_is_markup(open_page: Callable[..., Any], htmls: ModuleType, text: str) -> None:
    page = open_page(
        htmls.page_of(
            [hostile(text), hostile(text + "2", 7)],
            title=text,
            problems=[Unread(text, text, text)],
            command_sources=text,
            keep_sensitive=True,
        )
    )
    press_button(page, "by port")
    press_button(page, "by escrow")
    press_button(page, "Show the evidence")
    focus_timeline(page)
    for key in ("ArrowRight", "ArrowRight", "Enter"):
        page.press(key)
    page.evaluate("for (const one of document.querySelectorAll('button.link, button.cell')) one.click()")
    page.evaluate("for (const one of document.querySelectorAll('summary')) one.click()")
    page.settle()
    page.pdf()
    assert page.evaluate("window.ran") is None
    assert page.evaluate("document.scripts.length") == 2
    assert page.evaluate("document.querySelectorAll('img, iframe, object, embed, form[action], base').length") == 0
    links = page.evaluate("[...document.querySelectorAll('[href]')].map((one) => one.getAttribute('href'))")
    assert set(links) == {"data:,", "#verdicts", "#timeline", "#snapshots", "#latency"}
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shown = page.evaluate("document.querySelector('.verdict .sentence').textContent")
    printable = "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
    assert shown == f"Likely cause: {printable}"


def hostile(text: str, later: int = 0) -> Reported:
    """A set-up that says the same wherever it can say anything."""
    start = 1_795_294_917_947_000_000 + later
    ids = ("ab" * 16, f"{later:015x}")
    everything = {text: text, attr.MONERO_WALLET_ID: text, attr.MONERO_WALLET_ADDRESS_HASH: text}
    everything |= {attr.MONERO_SNAPSHOT_POINT: text, attr.MONERO_WALLET_FILE_NAME: text}
    everything |= {attr.MONERO_MULTISIG_THRESHOLD: text, attr.MONERO_MULTISIG_PARTICIPANTS: text}
    everything |= {attr.MONERO_WALLET_FILE_PERMISSIONS: text, attr.MONERO_WALLET_IS_MULTISIG: True}
    everything |= {attr.MONERO_LOCK_NAME: text, attr.MONERO_STATE_FROM: text, attr.MONERO_STATE_TO: text}
    everything |= {attr.MONERO_CUSTOM_NAME: text, attr.MONERO_CUSTOM_DETAILS: text, attr.MONERO_FILE_SOURCE: text}
    everything |= {attr.MONERO_FAULT_TYPE: text, attr.MONERO_FAULT_REASON: text}
    everything |= {upstream.EXCEPTION_MESSAGE: text, upstream.EXCEPTION_TYPE: text, "foreign": {text: [text, b"<"]}}
    names = (
        events.WALLET_SNAPSHOT, events.WALLET_SNAPSHOT_FAILED, events.STATE_CHANGE, events.FILE_OPERATION,
        events.LOCK_ACQUIRED, events.LOCK_RELEASED, events.CUSTOM, events.FAULT, upstream.EVENT_EXCEPTION, text,
    )  # fmt: skip
    happened = tuple(
        Event(name, 10 + place, start + place * 1_000_000, text, 18082, everything) for place, name in enumerate(names)
    )
    root = Span(
        SpanKind.SETUP, ids[0], f"{ids[1]}1", "multisig_setup", Moment(1, start), end=Moment(40, start + 10**9),
        attributes=everything, events=happened,
    )  # fmt: skip
    call = Span(
        SpanKind.CALL, ids[0], f"{ids[1]}2", text, Moment(2, start), root.span_id, Moment(30, start + 10**8),
        role=text, method=text, port=18082, address=text, error_type=text, error_code=-1, status_code=2,
        status_message=text, attributes=everything,
    )  # fmt: skip
    trace = EscrowTrace.build(text, text, (root, call))
    evidence = Evidence(trace.setup_id, 10, 3, start, ids[0], root.span_id, text, text, 18082)
    other = Evidence(text if later else text + "2", 2, 3, start, ids[0], call.span_id, text, text, 18082)
    found = Finding(
        FaultType.UNKNOWN, text, text, 1, (evidence, other), 5, (text,), sure=False, others=(FaultType.RACE,),
        consequences=(Finding(FaultType.STALLED, text, text, 4, (evidence,)),),
    )  # fmt: skip
    seen = Finding(Observation.RETRIED, text, text, None, (evidence,))
    return Reported(trace, Diagnosis(SetupFacts.of(trace), (found, seen)), (text,))
