// Text: what is typed, set in the completed font as it stands, beside the reference.
import { byId, make, store, stored, word } from "./shared.js";
import { get, glyphs, on, post } from "./store.js";

let active = false, number = null, turn = 0, loadedReference = null, lacking = new Set(), askedLacking = null;
const typed = byId("typed");

function settle(holder, text, tint) {
  const lines = text.split("\n").map((line) => {
    const paragraph = make("p");
    let run = "", kind = null;
    const flush = () => { if (run) paragraph.append(kind ? make("span", kind, run) : run); run = ""; };
    for (const character of line) {
      const glyph = glyphs.get(character.codePointAt(0));
      const its = tint && glyph ? "new" : tint && lacking.has(character.codePointAt(0)) ? "lacking" : null;
      if (its !== kind) { flush(); kind = its; }
      run += character;
    }
    flush();
    if (!line) paragraph.append(make("br"));
    return paragraph;
  });
  holder.replaceChildren(...lines);
}
function show() {
  const down = byId("direction").value === "down";
  const size = byId("size").value;
  byId("size-shown").textContent = `${size} px`;
  settle(byId("set-completed"), typed.value, true);
  settle(byId("set-reference"), typed.value, false);
  byId("reference-side").hidden = !byId("beside").checked;
  byId("set").classList.toggle("single", !byId("beside").checked);
  for (const holder of [byId("set-completed"), byId("set-reference")]) {
    holder.classList.toggle("down", down);
    holder.classList.toggle("tinted", byId("tint-new").checked);
    holder.style.fontSize = `${size}px`;
  }
}

function useFont(family, source, em) {
  const [ascent, descent] = em;
  const face = new FontFace(family, source, { ascentOverride: `${ascent}%`, descentOverride: `${descent}%`, lineGapOverride: "0%", display: "block" });
  return face.load().then((loaded) => {
    for (const old of [...document.fonts]) if (old.family.replaceAll('"', "") === family) document.fonts.delete(old);
    document.fonts.add(loaded);
  });
}
async function loadCompleted() {
  const state = await get("api/text-font");
  if (!state || !active) return;
  const { building, error, em } = state;
  if (state.number !== number && (state.number > 0 || !building || number === null)) {
    try {
      await useFont("Completed", `url(fonts/${state.number})`, em);
      number = state.number;
      byId("set-completed").dataset.font = number;
    } catch { number = null; }
  }
  byId("font-state").textContent = error ? word("failed", { error }) : building ? word(number === null ? "font_none" : "font_building") : word("font_current");
  byId("font-state").dataset.building = building;
  loadReference(em);
  findLacking();
}
async function findLacking() {
  const characters = [...new Set(typed.value.replace(/\s/g, ""))].sort().join("");
  if (characters !== askedLacking) {
    const found = await post("api/lacking", { text: characters });
    if (!found) return;
    askedLacking = characters;
    lacking = new Set(found);
    show();
  }
  const shown = [...lacking].slice(0, 40).map((c) => String.fromCodePoint(c)).join(" ");
  byId("text-lacking").textContent = lacking.size ? word("lacking", { n: lacking.size, characters: shown }) : "";
}
let waiting;
async function loadReference(em) {
  const characters = [...new Set(typed.value.replace(/\s/g, ""))].sort().join("");
  if (!characters || characters === loadedReference || !byId("beside").checked) return;
  const mine = ++turn;
  const found = await post("api/reference-font", { text: characters }, (answer) => answer.arrayBuffer());
  if (!found || mine !== turn) return;
  await useFont("Reference", found, em);
  loadedReference = characters;
  byId("set-reference").dataset.characters = characters.length;
}

export function refreshWords() {
  const direction = byId("direction"), chosen = direction.value || stored("buzi-direction") || "across";
  direction.replaceChildren(new Option(word("across"), "across"), new Option(word("down"), "down"));
  direction.value = chosen;
  for (const option of byId("sample").options) option.textContent = word(`sample_${option.dataset.key}`);
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = word(element.dataset.word);
  if (active) loadCompleted();
}
export function open() { active = true; show(); loadCompleted(); }
export function close() { active = false; }

export function begin() {
  const sample = byId("sample");
  typed.value = stored("buzi-text") ?? sample.options[0].dataset.text;
  sample.onchange = () => { typed.value = sample.selectedOptions[0].dataset.text; typed.oninput(); };
  typed.oninput = () => {
    store("buzi-text", typed.value);
    show();
    clearTimeout(waiting);
    waiting = setTimeout(loadCompleted, 400);
  };
  byId("direction").onchange = () => { store("buzi-direction", byId("direction").value); show(); };
  byId("size").oninput = show;
  byId("tint-new").onchange = show;
  byId("beside").onchange = () => { show(); loadCompleted(); };
  on("font", ({ kind }) => { if (active && kind === "text") loadCompleted(); });
  on("changed", () => { if (active) { clearTimeout(waiting); waiting = setTimeout(loadCompleted, 400); } });
}
