// The page: which view is open, the keys, language and theme; everything else has its module.
import { byId, followLanguage, followTheme, useWords, word } from "./shared.js";
import { WORDS } from "./words.js";
import * as grid from "./grid.js";
import * as glyph from "./glyph.js";
import * as text from "./text.js";
import * as training from "./training.js";
import * as exporting from "./export.js";
import { glyphs, listen, load, on, repeat, undo } from "./store.js";

const VIEWS = { glyphs: grid, glyph, text, training, export: exporting };
let view = null;
let key = "";      // what to do at once in the glyph that is opened

function route() {
  const [name, value] = location.hash.slice(1).split("=");
  const codepoint = name === "glyph" ? parseInt(value, 16) : null;
  let wanted = name in VIEWS ? name : "glyphs";
  if (wanted === "glyph" && !glyphs.has(codepoint)) wanted = "glyphs";
  if (wanted !== view) {
    VIEWS[view]?.close?.();
    if (view === "glyph") glyph.hide();
    for (const section of document.querySelectorAll(".view")) section.hidden = section.id !== `view-${wanted}`;
    document.body.dataset.view = wanted;
    const before = view;
    view = wanted;
    VIEWS[view].open?.();
    if (view === "glyphs") { grid.filter(); grid.reveal(before !== null); }
    if (view === "glyph") window.scrollTo(0, 0);
  }
  for (const link of byId("tabs").children) {
    const on_ = link.hash === `#${wanted === "glyph" ? "glyphs" : wanted}`;
    if (on_) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
  }
  if (view === "glyph") { glyph.show(codepoint, key); key = ""; }
}

function keydown(event) {
  if (event.defaultPrevented || event.altKey || byId("keys").open) return;
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) && event.target.type !== "checkbox";
  const z = event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey);
  if (typing) {
    if (event.key === "Escape") event.target.blur();
    if (event.target.id === "find" && event.key === "Enter") { grid.reveal(); event.preventDefault(); }
    return;
  }
  if (z || (event.key.toLowerCase() === "u" && !event.ctrlKey && !event.metaKey)) {
    if (event.shiftKey) repeat(); else undo();
    event.preventDefault();
    return;
  }
  if (event.ctrlKey || event.metaKey) return;
  if (event.key === "?") { byId("keys").showModal(); event.preventDefault(); return; }
  if (event.key === "/") { location.hash = "#glyphs"; setTimeout(() => byId("find").select(), 0); event.preventDefault(); return; }
  const pressed = /^(BUTTON|A|SUMMARY)$/.test(event.target.tagName) && (event.key === "Enter" || event.key === " ");
  if (!pressed && VIEWS[view].keydown?.(event)) event.preventDefault();
}

function languageChanged() {
  document.querySelector("#tabs").ariaLabel = word("views");
  byId("undo").title = word("undo_key");
  byId("repeat").title = word("repeat_key");
  byId("previous").ariaLabel = word("previous");
  byId("next").ariaLabel = word("next");
  byId("offline").textContent = word("offline");
  for (const module of Object.values(VIEWS)) module.refreshWords();
}

useWords(WORDS);
for (const module of [glyph, text, training, exporting]) module.begin();
grid.begin((codepoint, then = "") => { key = then; location.hash = `#glyph=${codepoint.toString(16).toUpperCase()}`; });
followTheme();
on("history", (can) => { byId("undo").disabled = !can.undo; byId("repeat").disabled = !can.repeat; });
on("online", (is) => { byId("offline").hidden = is; });
byId("undo").onclick = undo;
byId("repeat").onclick = repeat;
byId("help").onclick = () => byId("keys").showModal();
addEventListener("hashchange", route);
addEventListener("keydown", keydown);

const since = await load();
followLanguage(languageChanged);
route();
listen(since || 0);
training.look();
document.body.dataset.ready = "yes";
