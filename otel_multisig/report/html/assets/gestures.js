// What mouse, wheel and keyboard do on the timeline.

const WHEEL_STEP = 0.0016;

(() => {
  const { canvas, scroller, hold, itemAt, setupAt, showTip, openItem, step, moveTo } = timeline;

  const KEYS = {
    ArrowLeft: (event) => (event.shiftKey ? hold(() => timeline.view.pan(-timeline.view.width / 5)) : step([-1, 0])),
    ArrowRight: (event) => (event.shiftKey ? hold(() => timeline.view.pan(timeline.view.width / 5)) : step([1, 0])),
    ArrowUp: () => step([0, -1]),
    ArrowDown: () => step([0, 1]),
    Home: () => timeline.row && moveTo(timeline.row.items[0]),
    End: () => timeline.row && moveTo(timeline.row.items.at(-1)),
    Enter: () => timeline.cursor && openByKey(timeline.cursor),
    " ": () => timeline.cursor && openByKey(timeline.cursor),
    "+": () => hold(() => timeline.view.zoom(0.7, timeline.centre())),
    "=": () => hold(() => timeline.view.zoom(0.7, timeline.centre())),
    "-": () => hold(() => timeline.view.zoom(1 / 0.7, timeline.centre())),
    0: () => hold(() => timeline.view.reset()),
  };

  function openByKey(item) {
    openItem(item);
    panel.node.focus({ preventScroll: true });
  }

  scroller.addEventListener("keydown", (event) => {
    if (event.target !== scroller || event.ctrlKey || event.metaKey || event.altKey || !(event.key in KEYS)) return;
    event.preventDefault();
    KEYS[event.key](event);
    timeline.redraw();
  });

  canvas.addEventListener("wheel", (event) => {
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    if (event.ctrlKey || event.metaKey || event.altKey) hold(() => timeline.view.zoom(Math.exp(event.deltaY * WHEEL_STEP), event.offsetX));
    else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) hold(() => timeline.view.pan(sideways));
    else return;
    event.preventDefault();
  }, { passive: false });

  let drag = null;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    drag = { x: event.clientX, y: event.clientY, top: scroller.scrollTop, moved: false, pointer: event.pointerId };
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drag) {
      const item = itemAt(event.offsetX, event.offsetY);
      canvas.classList.toggle("over", item !== null);
      showTip(item, event.clientX, event.clientY);
      return;
    }
    if (!drag.moved && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < 4) return;
    if (!drag.moved) canvas.setPointerCapture(drag.pointer);
    drag.moved = true;
    showTip(null);
    canvas.classList.add("dragged");
    hold(() => timeline.view.pan(drag.x - event.clientX));
    scroller.scrollTop += drag.y - event.clientY;
    [drag.x, drag.y] = [event.clientX, event.clientY];
  });
  canvas.addEventListener("pointerup", (event) => {
    const clicked = drag && !drag.moved;
    drag = null;
    canvas.classList.remove("dragged");
    if (!clicked) return;
    scroller.focus({ preventScroll: true });
    const item = itemAt(event.offsetX, event.offsetY);
    const setup = setupAt(event.offsetX, event.offsetY);
    if (item) openItem(item);
    else if (setup) chooseSetup(setup);
  });
  canvas.addEventListener("pointerleave", () => showTip(null));
  canvas.addEventListener("pointercancel", () => {
    drag = null;
    canvas.classList.remove("dragged");
  });
  canvas.addEventListener("dblclick", (event) => {
    hold(() => timeline.view.zoom(event.shiftKey ? 2.5 : 0.4, event.offsetX));
  });
})();
