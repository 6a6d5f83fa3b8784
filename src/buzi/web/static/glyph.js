// One glyph: its layers, why it was flagged, its neighbours, and what can be done with it.
import { byId, drawing, keyOf, label, make, svg, word } from "./shared.js";
import * as grid from "./grid.js";
import { answer, facts, get, glyphs, inTurn, on, post, say, take } from "./store.js";

const LAYERS = ["outline", "raster", "content", "overlay", "difference"];
let at = null;          // codepoint on the page
let data = null;        // what the server said of it
let layer = "outline";
let choosing = null;    // candidates to choose from
let turn = 0;

export const codepoint = () => at;

// Pictures are drawn on the run's canvas, which is larger than the em.
function view() {
  const margin = (facts.canvas.side_px - facts.canvas.em_px) / 2 / facts.canvas.em_px * 1000;
  return [-margin, -margin, 1000 + 2 * margin, 1000 + 2 * margin];
}
function raster(address) {
  const [x, y, width, height] = view();
  const picture = drawing([], { box: true, view: view().join(" ") });
  picture.append(svg("image", { href: address, x, y, width, height, class: "ink" }));
  return picture;
}
const shapeOf = () => glyphs.get(at).shape;
const pictureOf = (kind) => `api/picture/${at.toString(16)}/${kind}.png?${shapeOf()}`;
function picture(name, { points = false } = {}) {
  const options = { box: true, view: view().join(" ") };
  if (name === "raster") return data.drawn ? raster(pictureOf("raster")) : drawing([], options);
  if (name === "difference") {
    if (!data.drawn) return drawing([], options);
    const made = raster(pictureOf("difference"));
    made.classList.add("plain");
    return made;
  }
  if (name === "content") return drawing([[data.content]], options);
  if (name === "overlay") return drawing([[data.content, "t"], [data.path, "d"]], { ...options, over: true });
  const made = drawing([[data.path]], options);
  if (points) made.append(pointsOf(data.points));
  made.classList.toggle("with-points", points);
  return made;
}
function pointsOf(contours) {
  const group = svg("g", { class: "points" });
  let handles = "";
  for (const contour of contours) {
    contour.forEach(([x, y, kind], i) => {
      const after = contour[(i + 1) % contour.length], before = contour[(i + contour.length - 1) % contour.length];
      if (kind !== "o") return;
      for (const [ox, oy, other] of [before, after]) if (other !== "o") handles += `M${x} ${y}L${ox} ${oy}`;
    });
  }
  group.append(svg("path", { d: handles, class: "handles" }));
  for (const contour of contours) for (const [x, y, kind, smooth] of contour) {
    if (kind === "o") group.append(svg("circle", { cx: x, cy: y, r: 5, class: "off" }));
    else group.append(svg("rect", { x: x - 6, y: y - 6, width: 12, height: 12, rx: smooth ? 6 : 0, class: "on" }));
  }
  return group;
}

function showLayer(name) {
  if (!data) return;
  layer = name;
  byId("large-picture").replaceChildren(picture(name, { points: true }));
  byId("large-about").textContent = word(`about_${name}`);
  for (const button of byId("layers").children) button.ariaPressed = String(button.value === name);
}
function showLayers() {
  byId("layers").ariaLabel = word("layers");
  byId("layers").replaceChildren(...LAYERS.map((name, i) => {
    const button = make("button", "layer");
    button.type = "button";
    button.value = name;
    button.append(picture(name), make("span", "", `${i + 1} ${word(`layer_${name}`)}`));
    button.onclick = () => showLayer(name);
    return button;
  }));
  showLayer(layer);
}

function showState() {
  const glyph = glyphs.get(at);
  const state = [word(`status_${glyph.status}`)];
  if (glyph.origin !== "drawn") state.push(word(`origin_${glyph.origin}`));
  if (glyph.confidence !== null) state.push(`${word("confidence")} ${Math.round(glyph.confidence * 100)} %`);
  if (glyph.region) state.push(`${word("reference")} ${glyph.region}`);
  byId("glyph-title").textContent = `${String.fromCodePoint(at)}  ${label(at)}`;
  byId("glyph-facts").textContent = state.join(" · ");
  byId("view-glyph").dataset.status = glyph.status;
  byId("approve").ariaPressed = String(glyph.status === "approved");
  byId("reject").ariaPressed = String(glyph.status === "rejected");
  if (document.activeElement !== byId("note") && typed?.codepoint !== at) byId("note").value = glyph.note;
  byId("note").placeholder = word("note_hint");
  const place = grid.place(at);
  byId("position").textContent = place < 0 ? "" : `${String.fromCodePoint(at)} · ` + word("position", { n: (place + 1).toLocaleString(), all: grid.list().length.toLocaleString() });
  byId("previous").disabled = place <= 0;
  byId("next").disabled = place < 0 || place >= grid.list().length - 1;
}
function showReasons() {
  const items = data.reasons.map(([key, detail]) => {
    const known = key in REASONS ? word(`reason_${key}`) : word("reason_other");
    const item = make("li", "", known);
    if (detail) { const small = make("small", "", detail); small.lang = "en"; item.append(small); }
    return item;
  });
  byId("reasons").replaceChildren(...(items.length ? items : [make("li", "clean", word("no_reason"))]));
}
// Checks that say something of single glyphs; others are told in their own words alone.
const REASONS = Object.fromEntries(["unsure", "stand_in", ...["advances", "bounds", "direction", "distinct", "not-empty", "not-notdef", "points", "redrawn", "self-intersection", "vertical-origin"].map((id) => `check_${id}`)].map((key) => [key, true]));

function showNeighbours() {
  const holder = byId("neighbours");
  const own = make("div", "neighbour new");
  own.append(drawing([[data.path]]), make("span", "", String.fromCodePoint(at)));
  const parts = make("div", "parts");
  if (data.components.length) {
    parts.append(make("span", "note", word("parts")));
    for (const part of data.components) {
      const button = make("button", "part", part);
      button.type = "button";
      button.title = word("show_part", { part });
      button.ariaLabel = button.title;
      button.onclick = () => grid.showPart(part);
      parts.append(button);
    }
  }
  const others = data.neighbours.map(({ codepoint: other, path, shared }) => {
    const item = make("div", "neighbour");
    item.title = shared.length ? word("shares", { parts: shared.join(" ") }) : "";
    item.append(drawing([[path]]), make("span", "", String.fromCodePoint(other)), make("small", "note", shared.slice(0, 2).join(" ")));
    return item;
  });
  const row = make("div", "neighbour-row");
  row.append(own, ...others);
  holder.replaceChildren(...(data.components.length ? [parts] : []), row);
  if (!others.length) holder.append(make("p", "note", word("no_neighbours")));
}
function showHistory() {
  byId("history-of").hidden = !data.history.length;
  byId("history").replaceChildren(...data.history.map(([when, kind]) => {
    const item = make("li", "", word(`done_${kind}`));
    item.append(make("time", "note", new Date(when).toLocaleString(document.documentElement.lang, { dateStyle: "short", timeStyle: "short" })));
    return item;
  }));
}
function showAll() {
  showState();
  showLayers();
  showReasons();
  showNeighbours();
  showHistory();
}

export async function show(codepoint, key = "") {
  const other = codepoint !== at;
  if (other) { keepNote(); data = null; }
  at = codepoint;
  grid.setCurrent(codepoint);
  if (other) {
    closeCandidates();
    byId("editing").hidden = true;
    layer = "outline";
    byId("note").value = glyphs.get(at).note;
  }
  showState();
  const mine = ++turn;
  const found = await get(`api/glyph/${codepoint.toString(16)}`);
  if (mine !== turn || at !== codepoint) return;
  if (!found) { if (!data) showNothing(); return; }
  data = found;
  showAll();
  if (key === "d") redo();
  if (key === "e") edit();
  if (key === "n") byId("note").focus();
}
// Nothing of the glyph before it may stand under this one's name.
function showNothing() {
  for (const id of ["large-picture", "layers", "neighbours", "history"]) byId(id).replaceChildren();
  byId("large-about").textContent = "";
  byId("history-of").hidden = true;
  byId("reasons").replaceChildren(make("li", "", word("unreadable")));
}
export function hide() { keepNote(); at = null; data = null; turn += 1; closeCandidates(); }
export function refreshWords() { if (at !== null && data) { showAll(); if (choosing) showCandidates(); } }

function go(by) {
  const next = grid.list()[grid.place(at) + by];
  if (next !== undefined) location.hash = `#glyph=${next.toString(16).toUpperCase()}`;
}
async function say_(status) {
  if (!data) return;  // nobody has seen it yet
  const codepoint = at;
  const wanted = glyphs.get(at).status === status ? "open" : status;
  const place = grid.place(codepoint);
  const next = grid.list()[place + 1];
  if (!await answer([codepoint], wanted)) return;
  if (wanted !== "open" && next !== undefined && at === codepoint) {
    grid.filter({ keep: next });
    location.hash = `#glyph=${next.toString(16).toUpperCase()}`;
  } else if (at === codepoint) show(codepoint);
}

// Redrawing ------------------------------------------------------------------
async function redo() {
  if (!data) return;
  byId("redoing").hidden = false;
  byId("redoing-note").textContent = word("drawing_candidates");
  byId("candidates").replaceChildren(...Array.from({ length: 4 }, () => make("div", "candidate waiting")));
  byId("redoing").scrollIntoView({ block: "nearest" });
  const codepoint = at;
  const done = await post("api/redo", { codepoint });
  if (done && at === codepoint) candidatesCame(done);
}
function candidatesCame(found) {
  if (byId("redoing").hidden) return;
  if (found.state === "failed") { byId("redoing-note").textContent = word("failed", { error: found.error }); byId("candidates").replaceChildren(); }
  if (found.state === "drawn") { choosing = found.candidates.map((c, index) => ({ ...c, index })).filter((c) => c.path && c.path !== data.path); showCandidates(); byId("candidates").querySelector("button")?.focus(); }
}
function way(candidate) {
  if (candidate.way === "average") return word("way_average", { n: candidate.shifts });
  if (candidate.way === "face") return word("way_face", { region: candidate.region });
  if (candidate.way === "checkpoint") return word("way_checkpoint", { step: Number(candidate.checkpoint.replace("step-", "")).toLocaleString() });
  return word("way_last");
}
function showCandidates() {
  byId("redoing-note").textContent = word(choosing.length ? "choose_hint" : "all_the_same");
  const options = { box: true, view: view().join(" ") };
  const now = make("div", "candidate now");
  now.append(drawing([[data.path]], options), make("span", "what", word("now")));
  byId("candidates").replaceChildren(now, ...choosing.map((candidate, i) => {
    const button = make("button", "candidate");
    button.type = "button";
    const what = make("span", "what");
    what.append(make("kbd", "", String(i + 1)), ` ${way(candidate)}`);
    button.append(drawing([[candidate.path]], options), what, make("span", "note", `${word("confidence")} ${Math.round(candidate.confidence * 100)} %`));
    button.onclick = () => choose(candidate.index);
    return button;
  }));
}
function closeCandidates() { choosing = null; byId("redoing").hidden = true; byId("candidates").replaceChildren(); }
async function choose(number) {
  const codepoint = at;
  const done = await inTurn(async () => {
    const found = await post("api/choose", { codepoint, version: glyphs.get(codepoint).version, candidate: number });
    if (found) take(found.glyphs);
    return found;
  });
  if (!done) return;
  say(word("did_choose", { c: String.fromCodePoint(codepoint) }));
  if (at === codepoint) { closeCandidates(); byId("redo").focus(); }
}

async function edit() {
  const done = await post("api/edit", { codepoint: at });
  if (!done) return;
  const note = byId("editing");
  note.textContent = word(done.opened ? "editor_opened" : "editor_none", { ufo: done.ufo, glyph: done.glyph });
  note.hidden = false;
}

let noting;
let typed = null;       // a note that the server has not got yet, and whose it is
function noteTyped() {
  typed = { codepoint: at, text: byId("note").value };
  clearTimeout(noting);
  noting = setTimeout(keepNote, 1200);
}
function takeTyped() {
  clearTimeout(noting);
  const note = typed;
  typed = null;
  return note && glyphs.get(note.codepoint).note !== note.text ? note : null;
}
async function sendNote(note, leaving = false) {
  const body = { ...note, version: glyphs.get(note.codepoint).version };
  const done = await post("api/note", body, undefined, leaving);
  if (done) { take(done.glyphs); say(word("did_note", { c: String.fromCodePoint(note.codepoint) })); }
  else typed ??= note;
}
function keepNote() {
  const note = takeTyped();
  if (note) inTurn(() => sendNote(note));
}

export function keydown(event) {
  const key = keyOf(event);
  if (key === "Escape") {
    if (!byId("redoing").hidden) { closeCandidates(); byId("redo").focus(); }
    else location.hash = "#glyphs";
  } else if (choosing && /^[1-9]$/.test(key) && choosing[Number(key) - 1]) choose(choosing[Number(key) - 1].index);
  else if (/^[1-5]$/.test(key) && data) showLayer(LAYERS[Number(key) - 1]);
  else if (key === "ArrowLeft" || key === "k") go(-1);
  else if (key === "ArrowRight" || key === "j") go(1);
  else if (key === "a") say_("approved");
  else if (key === "r") say_("rejected");
  else if (key === "o") answer([at], "open");
  else if (key === "d") redo();
  else if (key === "e") edit();
  else if (key === "n") byId("note").focus();
  else return false;
  return true;
}

export function begin() {
  byId("previous").onclick = () => go(-1);
  byId("next").onclick = () => go(1);
  byId("approve").onclick = () => say_("approved");
  byId("reject").onclick = () => say_("rejected");
  byId("redo").onclick = redo;
  byId("edit").onclick = edit;
  byId("redoing-close").onclick = closeCandidates;
  byId("note").onblur = keepNote;
  byId("note").oninput = noteTyped;
  addEventListener("pagehide", () => { const note = takeTyped(); if (note) sendNote(note, true); });
  byId("note").onkeydown = (event) => { if (event.key === "Escape") { byId("note").blur(); event.stopPropagation(); } };
  on("candidates", async ({ codepoint }) => {
    if (codepoint !== at || byId("redoing").hidden || choosing) return;
    const found = await get(`api/candidates/${codepoint.toString(16)}`);
    if (found && at === codepoint) candidatesCame(found);
  });
  on("changed", (changed) => { if (at !== null && changed.includes(at)) show(at); });
}
