// Coverage and export: what is missing yet, and fonts to download.
import { byId, label, make, svg, word } from "./shared.js";
import { get, glyphs, on, post, say } from "./store.js";

let active = false, last = null, awaited = null;

function bar(row) {
  const picture = svg("svg", { viewBox: "0 0 1000 10", preserveAspectRatio: "none", class: "shares", "aria-hidden": "true" });
  let x = 0;
  for (const part of ["had", "approved", "open", "rejected"]) {
    const value = part === "open" ? row.drawn - row.approved - row.rejected : row[part];
    const width = 1000 * Math.max(0, value) / Math.max(1, row.wanted);
    picture.append(svg("rect", { x, width, height: 10, class: `s-${part}` }));
    x += width;
  }
  return picture;
}
function coverageRow(row) {
  const element = make("div", "charset");
  const facts = make("p");
  for (const [key, value] of [["had", row.had], ["approved", row.approved], ["open", row.drawn - row.approved - row.rejected], ["rejected", row.rejected], ["lacking", row.lacking.length]]) {
    if (!value && key !== "approved") continue;
    const part = make("span");
    part.append(make("i", `dot-of s-${key}`), `${word(`cov_${key}`)} `, make("b", "", value.toLocaleString()));
    facts.append(part);
  }
  element.append(make("h4", "", `${row.charset}`), bar(row), facts);
  element.querySelector("h4").append(make("span", "note", ` ${word("cov_of", { n: row.wanted.toLocaleString() })}`));
  if (row.lacking.length) {
    const details = make("details");
    details.append(make("summary", "", word("lacking_list", { n: row.lacking.length.toLocaleString() })));
    const codes = make("p", "codes");
    for (const codepoint of row.lacking.slice(0, 500)) codes.append(make("span", "", `${String.fromCodePoint(codepoint)} ${label(codepoint)}`));
    if (row.lacking.length > 500) codes.append("…");
    details.append(codes);
    element.append(details);
  }
  return element;
}
const bytes = (count) => (count > 1e6 ? `${(count / 1e6).toFixed(1)} MB` : `${Math.ceil(count / 1e3)} kB`);
function build(item) {
  const element = make("li", item.state);
  const what = make("span", "what", `${item.number}. ${word(`built_${item.scope}`)}`);
  element.append(what);
  if (item.state === "building") element.append(make("span", "note", word("building")));
  if (item.state === "failed") element.append(make("span", "complaint", word("failed", { error: item.error })));
  if (item.state === "built") {
    element.append(make("span", "note", word("built", { n: item.added.toLocaleString() })));
    for (const file of item.files) {
      const link = make("a", "button", word("download", { format: file.format.toUpperCase() }));
      link.href = `export/${item.number}.${file.format}`;
      link.setAttribute("download", file.name);
      link.append(make("small", "note", ` ${bytes(file.bytes)}`));
      element.append(link);
    }
  }
  return element;
}
function counts() {
  const all = [...glyphs.values()];
  const approved = all.filter((g) => g.status === "approved").length;
  byId("count-approved").textContent = approved.toLocaleString();
  byId("count-all").textContent = all.filter((g) => g.status !== "rejected").length.toLocaleString();
  byId("build-approved").disabled = approved === 0;
}
function show() {
  counts();
  if (!last) return;
  byId("coverage-rows").replaceChildren(...last.coverage.map(coverageRow));
  byId("exports").replaceChildren(...last.exports.map(build));
}
async function look() {
  const found = await get("api/coverage");
  if (found) { last = found; show(); }
}
async function start(scope) {
  const done = await post("api/export", { scope });
  if (done) { awaited = done.number; look(); }
}

export const refreshWords = show;
export function open() { active = true; counts(); look(); }
export function close() { active = false; }
export function begin() {
  byId("build-approved").onclick = () => start("approved");
  byId("build-all").onclick = () => start("all");
  on("font", ({ kind, number }) => {
    if (kind !== "export") return;
    if (number === awaited) { awaited = null; say(word("built_ready")); }
    if (active) look();
  });
  let waiting;
  on("changed", () => { if (active) { clearTimeout(waiting); waiting = setTimeout(look, 300); } });
}
