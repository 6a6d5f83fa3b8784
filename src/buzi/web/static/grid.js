// The grid: thousands of cells, of which only the rows on the screen exist.
import { byId, codepointOf, keyOf, label, make, svg, word } from "./shared.js";
import { answer, facts, get, glyphs, on, order, outline, pathOf } from "./store.js";

const CELL = { wide: 92, narrow: 76 };
const LABEL = 22;                 // height of the code under a glyph
const OVERSCAN = 2;               // rows above and below the screen
const BUDGET = 5;                 // milliseconds a frame for drawing outlines

const scroller = byId("scroller"), cells = byId("cells");
const rows = new Map();           // row number → its element
const spare = [];                 // row elements to be used again
let shown = [], columns = 1, size = 92, height = 114;
let current = 0;                  // place of the current cell among those shown
let having = null;                // characters with the component asked for
let opened = () => {};

export const list = () => shown;
export const place = (codepoint) => shown.indexOf(codepoint);
export const currentGlyph = () => shown[current];
export function setCurrent(codepoint) {
  const found = place(codepoint);
  if (found >= 0) { current = found; paintCurrent(); }
}

// Filters --------------------------------------------------------------------
const STATUSES = ["all", "open", "approved", "rejected", "edited", "chosen", "flagged", "noted"];
const statusWord = (status) => (status === "all" || status === "flagged" || status === "noted" ? word(status)
  : status === "edited" || status === "chosen" ? word(`origin_${status}`) : word(`status_${status}`));
function fits(glyph, status) {
  if (status === "all") return true;
  if (status === "edited" || status === "chosen") return glyph.origin === status;
  if (status === "flagged") return glyph.reasons.length > 0;
  if (status === "noted") return glyph.note !== "";
  return glyph.status === status;
}
function options(select, pairs) {
  const chosen = select.value;
  select.replaceChildren(...pairs.map(([value, text]) => new Option(text, value)));
  select.value = pairs.some(([value]) => value === chosen) ? chosen : pairs[0][0];
}
export function refreshWords() {
  const all = [...glyphs.values()];
  const count = (status) => all.filter((g) => fits(g, status)).length.toLocaleString();
  options(byId("filter-status"), STATUSES.map((s) => [s, `${statusWord(s)} · ${count(s)}`]));
  options(byId("filter-charset"), [["all", word("all")], ...facts.charsets.map((name, i) => [String(i), name])]);
  options(byId("filter-sure"), [["1", word("all")], ["0.1", word("sure_tenth")], ["0.5", word("sure_half")]]);
  options(byId("sort"), [["sure", word("sort_sure")], ["codepoint", word("sort_codepoint")]]);
  byId("find").placeholder = word("find_review");
  byId("filter-part").placeholder = word("part_hint");
  byId("nothing").textContent = word(glyphs.size ? "nothing_shown" : "not_drawn");
  tally();
}
function tally() {
  const all = [...glyphs.values()];
  const approved = all.filter((g) => g.status === "approved").length;
  const rejected = all.filter((g) => g.status === "rejected").length;
  const n = (value) => value.toLocaleString();
  byId("shown").replaceChildren(
    make("span", "", word("shown", { n: n(shown.length), all: n(all.length) })),
    make("span", "", word("progress", { approved: n(approved), rejected: n(rejected), open: n(all.length - approved - rejected) })),
  );
  const share = 1000 / Math.max(1, all.length);
  document.querySelector(".p-approved").setAttribute("width", approved * share);
  const second = document.querySelector(".p-rejected");
  second.setAttribute("x", approved * share);
  second.setAttribute("width", rejected * share);
  byId("approve-shown").disabled = !approvable().length;
}

export function filter({ keep = null } = {}) {
  const status = byId("filter-status").value || "all";
  const charset = byId("filter-charset").value;
  const share = Number(byId("filter-sure").value || 1);
  const text = byId("find").value.trim();
  let found = share < 1 ? order.slice(0, Math.ceil(order.length * share)) : [...order];
  found = found.filter((c) => fits(glyphs.get(c), status));
  if (charset !== "all" && charset !== "") found = found.filter((c) => glyphs.get(c).charsets.includes(Number(charset)));
  if (having) found = found.filter((c) => having.has(c));
  if (text) {
    const code = codepointOf(text);
    const wanted = /^(?:U\+?)?[0-9A-Fa-f]{4,6}$/i.test(text) ? new Set([code]) : new Set([...text].map((c) => c.codePointAt(0)));
    found = found.filter((c) => wanted.has(c));
  }
  if (byId("sort").value === "codepoint") found.sort((a, b) => a - b);
  const was = keep ?? shown[current];
  shown = found;
  current = Math.max(0, shown.indexOf(was));
  byId("nothing").hidden = shown.length > 0;
  layout();
  tally();
}
async function filterPart() {
  const part = [...byId("filter-part").value.trim()][0] ?? "";
  having = part ? new Set(await get(`api/having?part=${encodeURIComponent(part)}`) ?? []) : null;
  filter();
}
export function showPart(part) {
  byId("filter-part").value = part;
  for (const id of ["filter-status", "filter-charset", "filter-sure", "find"]) {
    const field = byId(id);
    field.value = field.tagName === "SELECT" ? field.options[0].value : "";
  }
  location.hash = "#glyphs";
  return filterPart();
}

// Rows -----------------------------------------------------------------------
function layout() {
  const wide = scroller.clientWidth;
  if (!wide) return;
  size = wide < 640 ? CELL.narrow : CELL.wide;
  columns = Math.max(1, Math.floor(wide / size));
  size = Math.floor(wide / columns);
  height = size + LABEL - 8;
  cells.style.setProperty("--columns", columns);
  cells.style.setProperty("--row", `${height}px`);
  cells.style.height = `${Math.ceil(shown.length / columns) * height}px`;
  cells.setAttribute("aria-rowcount", Math.ceil(shown.length / columns));
  cells.setAttribute("aria-colcount", columns);
  for (const [number, row] of rows) { row.remove(); spare.push(row); rows.delete(number); }
  render();
}
function render() {
  const first = Math.max(0, Math.floor(scroller.scrollTop / height) - OVERSCAN);
  const last = Math.min(Math.ceil(shown.length / columns) - 1, Math.ceil((scroller.scrollTop + scroller.clientHeight) / height) + OVERSCAN);
  for (const [number, row] of rows) {
    if (number < first || number > last) { rows.delete(number); spare.push(row); row.hidden = true; }
  }
  for (let number = first; number <= last; number += 1) if (!rows.has(number)) rows.set(number, makeRow(number));
  while (spare.length > 12) spare.pop().remove();
}
function makeRow(number) {
  const row = spare.pop() ?? make("div", "row-of-cells");
  row.hidden = false;
  row.setAttribute("role", "row");
  row.setAttribute("aria-rowindex", number + 1);
  row.style.transform = `translateY(${number * height}px)`;
  const start = number * columns;
  const wanted = Math.min(columns, shown.length - start);
  while (row.children.length > wanted) row.lastChild.remove();
  while (row.children.length < wanted) row.append(makeCell());
  for (let i = 0; i < wanted; i += 1) fill(row.children[i], start + i);
  if (!row.isConnected) cells.append(row);
  return row;
}
function makeCell() {
  const cell = make("div", "glyph-cell");
  cell.setAttribute("role", "gridcell");
  const picture = svg("svg", { viewBox: "-60 -60 1120 1120", class: "glyph", "aria-hidden": "true" });
  picture.append(svg("path"));
  cell.append(picture, make("span", "code"), make("span", "badges"));
  return cell;
}
function fill(cell, position) {
  const codepoint = shown[position];
  const glyph = glyphs.get(codepoint);
  cell.position = position;
  cell.setAttribute("aria-colindex", position % columns + 1);
  cell.tabIndex = position === current ? 0 : -1;
  const state = glyph.status === "open" ? (glyph.origin === "drawn" ? "" : glyph.origin) : glyph.status;
  const reasons = glyph.reasons.length ? " flagged" : "";
  cell.className = `glyph-cell ${glyph.status} from-${glyph.origin}${reasons}${glyph.note ? " noted" : ""}${position === current ? " current" : ""}`;
  cell.ariaLabel = [String.fromCodePoint(codepoint), label(codepoint), state && statusWord(state), glyph.note && word("noted"), reasons && word("flagged")].filter(Boolean).join(", ");
  cell.children[1].textContent = label(codepoint).slice(2);
  const path = pathOf(codepoint);
  if (cell.codepoint !== codepoint || cell.shape !== glyph.shape) {
    cell.codepoint = codepoint;
    cell.shape = glyph.shape;
    cell.firstChild.firstChild.setAttribute("d", "");
    if (path === undefined) outline(codepoint).then((d) => { if (cell.codepoint === codepoint) draw(cell, d); });
    else draw(cell, path);
  }
}

// Outlines are drawn a few a frame, so that no frame is late.
const queue = [];
let drawing = false;
function draw(cell, d) {
  queue.push([cell, cell.codepoint, d]);
  if (!drawing) { drawing = true; requestAnimationFrame(drawSome); }
}
function drawSome() {
  const end = performance.now() + BUDGET;
  while (queue.length && performance.now() < end) {
    const [cell, codepoint, d] = queue.shift();
    if (cell.codepoint === codepoint) cell.firstChild.firstChild.setAttribute("d", d);
  }
  drawing = queue.length > 0;
  if (drawing) requestAnimationFrame(drawSome);
}

function cellAt(position) {
  return rows.get(Math.floor(position / columns))?.children[position % columns];
}
function paintCurrent() {
  for (const row of rows.values()) for (const cell of row.children) {
    const is = cell.position === current;
    cell.classList.toggle("current", is);
    cell.tabIndex = is ? 0 : -1;
  }
}
export function reveal(focus = true) {
  if (!shown.length) return;
  const top = Math.floor(current / columns) * height;
  if (top < scroller.scrollTop) scroller.scrollTop = top;
  else if (top + height > scroller.scrollTop + scroller.clientHeight) scroller.scrollTop = top + height - scroller.clientHeight;
  render();
  paintCurrent();
  if (focus) cellAt(current)?.focus({ preventScroll: true });
}
function move(by) {
  const to = current + by;
  if (to >= 0 && to < shown.length) { current = to; reveal(); }
}

async function answerCurrent(status) {
  const codepoint = shown[current];
  if (codepoint === undefined) return;
  const next = status === "open" ? undefined : shown[current + 1] ?? shown[current - 1];
  const answered = answer([codepoint], status);
  if (next !== undefined) { setCurrent(next); reveal(); }  // the next key is for the next glyph
  const done = await answered;
  if (next === undefined) return;
  if (done) filter();
  else if (currentGlyph() === next) setCurrent(codepoint);
  reveal();
}

export function keydown(event) {
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
  const key = keyOf(event);
  const page = Math.max(1, Math.floor(scroller.clientHeight / height)) * columns;
  if (key in steps) move(steps[key]);
  else if (key === "PageDown") move(Math.min(page, shown.length - 1 - current));
  else if (key === "PageUp") move(-Math.min(page, current));
  else if (key === "Home") move(-current);
  else if (key === "End") move(shown.length - 1 - current);
  else if (key === "Enter" && shown.length) opened(shown[current]);
  else if (key === "a") answerCurrent("approved");
  else if (key === "r") answerCurrent("rejected");
  else if (key === "o") answerCurrent("open");
  else if ("den".includes(key) && key.length === 1 && shown.length) opened(shown[current], key);
  else return false;
  return true;
}

// What was rejected is not approved in passing, only where nothing else is shown.
function approvable() {
  const status = byId("filter-status").value === "rejected" ? "rejected" : "open";
  return shown.filter((c) => glyphs.get(c).status === status);
}
async function approveShown() {
  const wanted = approvable();
  if (!wanted.length || !window.confirm(word("approve_shown_sure", { n: wanted.length.toLocaleString() }))) return;
  await answer(wanted, "approved");
  filter();
}

export function begin(open) {
  opened = open;
  let due = false;
  scroller.addEventListener("scroll", () => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => { due = false; render(); });
  }, { passive: true });
  new ResizeObserver(() => layout()).observe(scroller);
  cells.addEventListener("click", (event) => {
    const cell = event.target.closest(".glyph-cell");
    if (cell) { current = cell.position; opened(shown[current]); }
  });
  cells.addEventListener("focusin", (event) => {
    const cell = event.target.closest(".glyph-cell");
    if (cell && cell.position !== current) { current = cell.position; paintCurrent(); }
  });
  for (const id of ["filter-status", "filter-charset", "filter-sure", "sort"]) byId(id).onchange = () => { filter(); scroller.scrollTop = 0; };
  byId("find").oninput = () => { filter(); scroller.scrollTop = 0; };
  byId("filter-part").oninput = filterPart;
  byId("approve-shown").onclick = approveShown;
  byId("more-filters").onclick = () => {
    byId("more-filters").ariaExpanded = String(document.querySelector(".filters").classList.toggle("open"));
  };
  on("changed", (changed) => {
    const was = new Set(changed);
    for (const row of rows.values()) for (const cell of row.children) if (was.has(cell.codepoint)) fill(cell, cell.position);
    refreshWords();
  });
}
