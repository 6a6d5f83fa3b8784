// Shared by the report and the review page: words, glyph drawings, language and theme.
// Every text is set as text, never as markup.
const root = document.documentElement;
let words = {};
export const useWords = (given) => { words = given; };
export const byId = (id) => document.getElementById(id);
export const isChinese = () => root.dataset.language === "zh";
export const word = (key, values = {}) => {
  let text = words[key][isChinese() ? 1 : 0];
  for (const name in values) text = text.replaceAll(`{${name}}`, String(values[name]));
  return text;
};
// Of a key, with Caps Lock on as without.
export const keyOf = (event) => (event.key.length === 1 && !event.shiftKey ? event.key.toLowerCase() : event.key);
export const label = (codepoint) => "U+" + codepoint.toString(16).toUpperCase().padStart(4, "0");
export const make = (tag, className, text) => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
};
// A page opened from a file may be refused storage: a choice then lasts as long as the page.
export const stored = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
export const store = (key, value) => { try { localStorage.setItem(key, value); } catch { return; } };

// A character or a code that someone typed: its codepoint, or null.
export function codepointOf(text) {
  const hexadecimal = /^(?:U\+?)?([0-9A-Fa-f]{4,6})$/i.exec(text);
  return hexadecimal ? parseInt(hexadecimal[1], 16) : text.codePointAt(0) ?? null;
}

// Glyphs ----------------------------------------------------------------------
export const SVG = "http://www.w3.org/2000/svg";
export function svg(tag, attributes = {}) {
  const element = document.createElementNS(SVG, tag);
  for (const name in attributes) element.setAttribute(name, attributes[name]);
  return element;
}
export function drawing(outlines, { over = false, box = false, view = "0 0 1000 1000" } = {}) {
  const picture = svg("svg", { viewBox: view, class: over ? "glyph over" : "glyph", "aria-hidden": "true" });
  if (box) picture.append(svg("rect", { width: 1000, height: 1000 }));
  for (const [d, className] of outlines) picture.append(svg("path", className ? { d, class: className } : { d }));
  return picture;
}
export const overlay = (first, second, options) => drawing([[first, "t"], [second, "d"]], { over: true, ...options });

// Language and theme ----------------------------------------------------------
export function followLanguage(changed) {
  const button = byId("language");
  function set(language) {
    root.dataset.language = language;
    root.lang = language === "zh" ? "zh-Hant-TW" : "en";
    button.textContent = language === "zh" ? button.dataset.zh : button.dataset.en;
    button.lang = language === "zh" ? "en" : "zh-Hant-TW";
    changed();
  }
  set(stored("buzi-language") ?? (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en"));
  button.onclick = () => {
    const language = isChinese() ? "en" : "zh";
    set(language);
    store("buzi-language", language);
  };
}
export function followTheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  if (stored("buzi-theme")) root.dataset.theme = stored("buzi-theme");
  byId("theme").onclick = () => {
    const isDark = root.dataset.theme ? root.dataset.theme === "dark" : dark.matches;
    root.dataset.theme = isDark ? "light" : "dark";
    store("buzi-theme", root.dataset.theme);
  };
}
