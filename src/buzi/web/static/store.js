// What the page knows: every new glyph, kept true by events from the server; and its outlines.
import { label, word } from "./shared.js";

export const glyphs = new Map();   // codepoint → what is known of it
export const order = [];           // codepoints, least sure first
export const facts = { charsets: [], canvas: { side_px: 256, em_px: 224 }, undo: false, repeat: false };

const listeners = new Map();
export function on(kind, listener) {
  if (!listeners.has(kind)) listeners.set(kind, []);
  listeners.get(kind).push(listener);
}
export function emit(kind, data) {
  for (const listener of listeners.get(kind) ?? []) listener(data);
}

// A sentence for everybody, screen readers too; gone after a while.
let quiet;
export function say(text) {
  const said = document.getElementById("said");
  said.textContent = text;
  said.classList.add("shown");
  clearTimeout(quiet);
  quiet = setTimeout(() => said.classList.remove("shown"), 3500);
}

function set(row) {
  const [codepoint, status, origin, note, version, shape] = row;
  const glyph = glyphs.get(codepoint);
  if (!glyph || version < glyph.version) return false;
  if (shape !== glyph.shape) paths.delete(codepoint);
  Object.assign(glyph, { status, origin, note, version, shape });
  return true;
}
export function take(rows) {
  const changed = rows.filter(set).map((row) => row[0]);
  if (changed.length) emit("changed", changed);
}

// The server -----------------------------------------------------------------
// What it answers, read to its end: null where it refused, or was cut off at any point.
async function ask(path, options, read = (response) => response.json()) {
  let response, found;
  try {
    response = await fetch(path, options);
    found = response.ok ? await read(response) : await response.json().catch(() => ({ stale: [] }));
  } catch {
    emit("online", false);
    return null;
  }
  emit("online", true);
  if (response.ok) return found;
  if (response.status === 409) {
    take(found.stale);
    const named = found.stale.map((row) => String.fromCodePoint(row[0])).slice(0, 8).join("");
    say(word("stale", { c: named }));
  } else {
    say(word("failed", { error: found.error ?? response.status }));
  }
  return null;
}
export const get = (path) => ask(path);
export const post = (path, body = {}, read = undefined, keepalive = false) => ask(path, {
  method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body), keepalive,
}, read);

export async function load() {
  const data = await get("api/glyphs");
  if (!data) return false;
  Object.assign(facts, { charsets: data.charsets, canvas: data.canvas, undo: data.undo, repeat: data.repeat });
  order.length = 0;
  for (const [codepoint, confidence, charsets, reasons, region, status, origin, note, version, shape] of data.glyphs) {
    order.push(codepoint);
    const known = glyphs.get(codepoint);
    if (known && known.shape !== shape) paths.delete(codepoint);
    glyphs.set(codepoint, { codepoint, confidence, charsets, reasons, region, status, origin, note, version, shape });
  }
  emit("changed", order);
  emit("history", facts);
  return data.version;
}

// Everything that another tab, an editor or a job does comes this way; a page that was cut
// off asks again from the last version that it has seen.
export function listen(since) {
  const source = new EventSource(`events?since=${since}`);
  let cut = false;
  source.onopen = async () => {
    emit("online", true);
    if (!cut) return;
    cut = false;
    if (await load() === false) cut = true;
  };
  source.onerror = () => { cut = true; emit("online", false); };
  source.addEventListener("glyphs", (event) => {
    const data = JSON.parse(event.data);
    take(data.glyphs);
    Object.assign(facts, { undo: data.undo, repeat: data.repeat });
    emit("history", facts);
  });
  for (const kind of ["candidates", "font"]) source.addEventListener(kind, (event) => emit(kind, JSON.parse(event.data)));
}

// Answers --------------------------------------------------------------------
// One change after the other: each is asked for with the version that the one before it left.
let last = Promise.resolve();
export function inTurn(change) {
  last = last.then(change, change);
  return last;
}
export const named = (codepoints) => (codepoints.length === 1 ? String.fromCodePoint(codepoints[0]) : word("many", { n: codepoints.length.toLocaleString() }));
const KINDS = { approved: "approve", rejected: "reject", open: "reopen" };
export const answer = (codepoints, status) => inTurn(async () => {
  const body = { glyphs: codepoints.map((c) => [c, glyphs.get(c).version]), status };
  const done = await post("api/answer", body);
  if (!done) return false;
  take(done.glyphs);
  say(word(`did_${KINDS[status]}`, { c: named(codepoints) }));
  return true;
});
export const turn = (path, wordKey, nothing) => inTurn(async () => {
  const done = await post(path);
  if (!done) return;
  if (!done.kind) { say(word(nothing)); return; }
  take(done.glyphs);
  say(word(wordKey, { what: word(`did_${done.kind}`, { c: named(done.glyphs.map((row) => row[0])) }) }));
});
export const undo = () => turn("api/undo", "undone", "nothing_undone");
export const repeat = () => turn("api/repeat", "repeated", "nothing_repeated");

// Outlines, asked for together ------------------------------------------------
const paths = new Map();
const waiting = new Map();
let asked = false;
export const pathOf = (codepoint) => paths.get(codepoint);
export function outline(codepoint) {
  if (paths.has(codepoint)) return Promise.resolve(paths.get(codepoint));
  return new Promise((resolve) => {
    if (!waiting.has(codepoint)) waiting.set(codepoint, []);
    waiting.get(codepoint).push(resolve);
    if (!asked) { asked = true; setTimeout(fetchWaiting, 8); }
  });
}
async function fetchWaiting() {
  asked = false;
  // The newest first: what is on the screen now matters more than what was scrolled past.
  const batch = [...waiting.keys()].slice(-120);
  const wishes = batch.map((c) => [c, waiting.get(c), glyphs.get(c)?.shape]);
  for (const codepoint of batch) waiting.delete(codepoint);
  if (waiting.size) { asked = true; setTimeout(fetchWaiting, 8); }
  const found = await get(`api/outlines?c=${batch.map((c) => c.toString(16)).join(",")}`);
  for (const [codepoint, resolvers, shape] of wishes) {
    const path = found?.[codepoint.toString(16).toUpperCase()] ?? "";
    if (found && glyphs.get(codepoint)?.shape === shape) paths.set(codepoint, path);
    for (const resolve of resolvers) resolve(path);
  }
}
export const named1 = (codepoint) => `${String.fromCodePoint(codepoint)} ${label(codepoint)}`;
