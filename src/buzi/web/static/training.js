// Training: how far it is, its curves, the sheet of held-out glyphs; start, pause, resume.
import { byId, make, svg, word } from "./shared.js";
import { get, post } from "./store.js";

let active = false, timer, sheets = [], follows = true, last = null;

function time(seconds) {
  const minutes = Math.round(seconds / 60), zh = document.documentElement.dataset.language === "zh";
  if (seconds < 90) return `${Math.round(seconds)} ${zh ? "秒" : "s"}`;
  if (minutes < 90) return `${minutes} ${zh ? "分" : "min"}`;
  return zh ? `${Math.floor(minutes / 60)} 小時 ${minutes % 60} 分` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
function showSheet() {
  const image = byId("sheet"), choice = byId("sheet-step");
  const none = sheets.length === 0;
  image.hidden = none;
  byId("no-sheet").textContent = none ? word("no_sheet") : "";
  byId("sheet-choice").hidden = sheets.length < 2;
  choice.max = Math.max(0, sheets.length - 1);
  if (follows) choice.value = choice.max;
  if (none) return;
  const step = sheets[Math.min(Number(choice.value), sheets.length - 1)];
  byId("sheet-shown").textContent = step.toLocaleString();
  const address = `api/training/sheet/${step}.png`;
  if (image.getAttribute("src") !== address) image.src = address;
  image.alt = word("sheet_alt", { step: step.toLocaleString() });
}
function showCurves(curves) {
  byId("no-curves").textContent = curves.length ? "" : word("no_curves");
  byId("curves").replaceChildren(...curves.map((curve) => {
    const figure = make("figure");
    const picture = svg("svg", { viewBox: "0 0 240 96", role: "img", "aria-label": `${curve.name}: ${curve.first} → ${curve.last}` });
    picture.append(svg("polyline", { points: curve.points }));
    const caption = make("figcaption");
    const numbers = make("span", "", `${Number(curve.first.toPrecision(4))} → `);
    numbers.append(make("b", "", String(Number(curve.last.toPrecision(4)))));
    caption.append(make("code", "", curve.name), numbers);
    figure.append(picture, caption);
    return figure;
  }));
}
function show() {
  if (!last) return;
  const { running, pausing, state, progress, error } = last;
  byId("training-pulse").hidden = !running;
  byId("train-state").textContent = word(pausing ? "train_pausing" : `train_${state}`);
  byId("train-state").dataset.state = pausing ? "pausing" : state;
  const facts = [];
  if (progress) {
    facts.push(word("train_facts", { epoch: (progress.epoch + 1).toLocaleString(), step: progress.step.toLocaleString(), rate: progress.glyphs_per_second.toFixed(0), time: time(last.seconds) }));
    if (running && progress.seconds_left !== null) facts.push(word("train_left", { time: time(progress.seconds_left) }));
  }
  byId("train-facts").textContent = facts.join(" · ");
  byId("train-progress").value = progress ? progress.fraction : 0;
  byId("train-progress").hidden = !progress;
  const complaint = byId("train-error");
  complaint.hidden = !error;
  complaint.textContent = error;
  byId("train-start").textContent = word(state === "none" ? "train_start" : "train_resume");
  byId("train-start").disabled = running;
  byId("train-pause").disabled = !running || pausing;
  byId("train-minutes").disabled = running;
  sheets = last.sheets;
  showSheet();
  showCurves(last.curves);
}
export async function look() {
  clearTimeout(timer);
  const found = await get("api/training");
  if (found) { last = found; show(); }
  if (active) timer = setTimeout(look, last?.running ? 1000 : 3000);
}

export const refreshWords = show;
export function open() { active = true; follows = true; look(); }
export function close() { active = false; clearTimeout(timer); }

export function begin() {
  byId("train-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = byId("train-minutes").value;
    const found = await post("api/training/start", { minutes: text ? Number(text) : null });
    if (found) { last = found; show(); look(); }
  });
  byId("train-pause").onclick = async () => {
    const found = await post("api/training/pause");
    if (found) { last = found; show(); look(); }
  };
  byId("sheet-step").oninput = () => { follows = byId("sheet-step").value === byId("sheet-step").max; showSheet(); };
}
