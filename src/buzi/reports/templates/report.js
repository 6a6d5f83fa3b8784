// The report: draws the glyph tables. Every glyph is an SVG path of the built font's own
// outline, unpacked a chunk at a time. What shared.js defines stands before this.
{
  const facts = JSON.parse(byId("facts").textContent);
  useWords(facts.words);

  // Outlines ------------------------------------------------------------------
  const chunks = new Map();
  async function unpack(id) {
    const bytes = Uint8Array.from(atob(byId(id).textContent.trim()), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text());
  }
  async function paths(table, index) {
    const id = `${table}-${Math.floor(index / facts.chunk)}`;
    if (!chunks.has(id)) chunks.set(id, unpack(id));
    return (await chunks.get(id))[index % facts.chunk];
  }

  // Tables, a page at a time --------------------------------------------------
  const tables = {};
  function table(name, perPage, items, render) {
    const state = { order: items, page: 0, holder: byId(name), pager: byId(name + "-pager"), perPage, drawn: 0 };
    const previous = make("button", "", "‹"), place = make("span"), next = make("button", "", "›");
    previous.onclick = () => show(state.page - 1, true);
    next.onclick = () => show(state.page + 1, true);
    state.pager.append(previous, place, next);
    function show(page, scroll = false) {
      const pages = Math.max(1, Math.ceil(state.order.length / perPage));
      state.page = Math.min(Math.max(0, page), pages - 1);
      const start = state.page * perPage;
      const visible = state.order.slice(start, start + perPage);
      const turn = ++state.drawn;
      const elements = visible.map((index, at) => {
        const element = make("button", render.className);
        element.type = "button";
        element.dataset.index = index;
        element.onclick = () => enlarge(name, start + at);
        return element;
      });
      state.holder.replaceChildren(...elements);
      if (!elements.length) state.holder.append(make("p", "nothing", word("no_broken")));
      previous.disabled = state.page === 0;
      next.disabled = state.page === pages - 1;
      previous.ariaLabel = word("previous"); next.ariaLabel = word("next");
      state.pager.hidden = pages === 1;
      place.textContent = word("page").replace("{from}", (start + 1).toLocaleString()).replace("{to}", (start + visible.length).toLocaleString()).replace("{all}", state.order.length.toLocaleString());
      const seen = new IntersectionObserver(async (entries) => {
        for (const entry of entries) {
          if (!entry.isIntersecting) continue;
          seen.unobserve(entry.target);
          const index = Number(entry.target.dataset.index);
          const outlines = await paths(name, index);
          if (state.drawn === turn) render(entry.target, index, outlines);
        }
      }, { rootMargin: "400px" });
      elements.forEach((element) => seen.observe(element));
      if (scroll) state.holder.closest("section").scrollIntoView({ behavior: "instant" });
    }
    tables[name] = Object.assign(state, { show });
    return tables[name];
  }

  // The tenth that the run is least sure of; nothing is marked where all are alike.
  const sureness = facts.new.map((glyph) => glyph[2]).filter((value) => value !== null).sort((a, b) => a - b);
  const doubtful = sureness.length && sureness[0] < sureness[sureness.length - 1] ? sureness[Math.floor((sureness.length - 1) / 10)] : -1;
  function newCell(element, index, [drawn, content]) {
    const [codepoint, , confidence] = facts.new[index];
    element.classList.toggle("doubtful", confidence !== null && confidence <= doubtful);
    element.title = `${String.fromCodePoint(codepoint)} ${label(codepoint)}`;
    element.ariaLabel = element.title;
    const small = make("div", "small");
    small.append(drawing([[content]]));
    element.replaceChildren(drawing([[drawn]]), small, make("span", "code", label(codepoint).slice(2)));
  }
  newCell.className = "cell";

  function hiddenCard(element, index, [drawn, , own]) {
    const { codepoint, figures, copied } = facts.hidden[index];
    const head = make("div", "head");
    head.append(make("span", "", `${String.fromCodePoint(codepoint)}  ${label(codepoint)}`));
    if (figures.broken) head.append(make("span", "tag", word("broken")));
    else if (figures.damaged) head.append(make("span", "tag mild", word("damaged")));
    const trio = make("div", "trio");
    trio.append(drawing([[own]]), drawing([[drawn]]), overlay(own, drawn));
    const labels = make("div", "labels");
    labels.append(make("span", "", word("true")), make("span", "", word("drawn")), make("span", "", word("overlay")));
    const foot = make("div", "foot");
    const figure = (name, value, other) => {
      const item = make("span", "", `${name} `);
      item.append(make("b", "", value), ` (${word("copied")} ${other})`);
      foot.append(item);
    };
    figure(word("distance"), figures.outline_distance.toFixed(1), copied.outline_distance.toFixed(1));
    figure(word("shared"), figures.iou.toFixed(2), copied.iou.toFixed(2));
    element.replaceChildren(head, trio, labels, foot);
  }
  hiddenCard.className = "card";

  // One glyph, large ----------------------------------------------------------
  const dialog = byId("large");
  let current = null;
  async function enlarge(name, position) {
    const { order } = tables[name];
    position = (position + order.length) % order.length;
    current = [name, position];
    const index = order[position];
    const outlines = await paths(name, index);
    const hidden = name === "hidden";
    const codepoint = hidden ? facts.hidden[index].codepoint : facts.new[index][0];
    const region = hidden ? facts.hidden[index].region : facts.new[index][1];
    dialog.querySelector("h2").textContent = `${String.fromCodePoint(codepoint)}  ${label(codepoint)}`;
    const sure = hidden ? facts.hidden[index].confidence : facts.new[index][2];
    dialog.querySelector(".large-facts").textContent = sure === null ? "" : `${word("confidence")} ${Math.round(sure * 100)} %`;
    const pane = (title, svg) => { const figure = make("figure"); figure.append(svg, make("figcaption", "", title)); return figure; };
    const [drawn, content, own] = outlines;
    const reference = word("reference") + (region ? ` ${region}` : "");
    const box = { box: true };
    const panes = hidden
      ? [pane(word("true"), drawing([[own]], box)), pane(word("drawn"), drawing([[drawn]], box)), pane(word("overlay"), overlay(own, drawn, box)), pane(reference, drawing([[content]], box))]
      : [pane(word("drawn"), drawing([[drawn]], box)), pane(reference, drawing([[content]], box))];
    dialog.querySelector(".panes").replaceChildren(...panes);
    dialog.querySelector(".legend").hidden = !hidden;
    const table = dialog.querySelector(".large-figures");
    table.replaceChildren();
    if (hidden) {
      const { figures, copied } = facts.hidden[index];
      const add = (title, value, other) => { const item = make("div", "", title); item.append(make("b", "", value), `${word("copied")} ${other}`); table.append(item); };
      add(word("distance") + " ‰", figures.outline_distance.toFixed(1), copied.outline_distance.toFixed(1));
      add(word("shared"), figures.iou.toFixed(3), copied.iou.toFixed(3));
      add("L1", figures.l1.toFixed(3), copied.l1.toFixed(3));
      add(word("missing") + " ‰", figures.lost.toFixed(0), copied.lost.toFixed(0));
      add(word("extra") + " ‰", figures.stray.toFixed(0), copied.stray.toFixed(0));
      add(word("pieces"), `${figures.contours_drawn} / ${figures.contours_true}`, `${copied.contours_drawn} / ${copied.contours_true}`);
      add(word("points"), `${figures.points_drawn} / ${figures.points_true}`, `${copied.points_drawn} / ${copied.points_true}`);
    }
    for (const button of dialog.querySelectorAll("form button")) button.ariaLabel = word(button.value);
    if (!dialog.open) dialog.showModal();
  }
  dialog.querySelector('[value="previous"]').onclick = () => enlarge(current[0], current[1] - 1);
  dialog.querySelector('[value="next"]').onclick = () => enlarge(current[0], current[1] + 1);
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") enlarge(current[0], current[1] - 1);
    if (event.key === "ArrowRight") enlarge(current[0], current[1] + 1);
  });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

  // Orders and finding --------------------------------------------------------
  const worst = ({ figures }) => 1e6 * Number(figures.broken) + Math.max(figures.lost, figures.stray) + figures.outline_distance;
  const range = (count) => Array.from({ length: count }, (_, i) => i);
  function orderHidden() {
    const choice = byId("hidden-order").value;
    let order = range(facts.hidden.length);
    if (byId("hidden-broken").checked) order = order.filter((i) => facts.hidden[i].figures.broken || facts.hidden[i].figures.damaged);
    if (choice === "codepoint") order.sort((a, b) => facts.hidden[a].codepoint - facts.hidden[b].codepoint);
    else order.sort((a, b) => (choice === "worst" ? -1 : 1) * (worst(facts.hidden[a]) - worst(facts.hidden[b])));
    tables.hidden.order = order;
    tables.hidden.show(0);
  }
  function orderNew() {
    const choice = byId("new-order").value;
    const order = range(facts.new.length);
    if (choice === "codepoint") order.sort((a, b) => facts.new[a][0] - facts.new[b][0]);
    if (choice === "sure") order.sort((a, b) => (facts.new[a][2] ?? 1) - (facts.new[b][2] ?? 1));
    tables.new.order = order;
    tables.new.show(0);
  }
  function find() {
    const wanted = byId("find").value.trim();
    const output = byId("found");
    output.textContent = "";
    if (!wanted) return;
    const codepoint = codepointOf(wanted);
    const position = tables.new.order.findIndex((i) => facts.new[i][0] === codepoint);
    if (position < 0) { output.textContent = word("none"); return; }
    tables.new.show(Math.floor(position / tables.new.perPage));
    const cell = tables.new.holder.children[position % tables.new.perPage];
    cell.classList.add("pick");
    cell.scrollIntoView({ block: "center", behavior: "instant" });
  }

  // Language and theme --------------------------------------------------------
  function languageChanged() {
    byId("find").placeholder = word("find");
    for (const select of document.querySelectorAll("select[data-options]")) {
      const chosen = select.value;
      const options = select.dataset.options.split(",").filter((o) => o !== "sure" || facts.new.some((g) => g[2] !== null));
      select.replaceChildren(...options.map((o) => new Option(word("order_" + o), o)));
      select.value = options.includes(chosen) ? chosen : options[0];
    }
    for (const name in tables) tables[name].show(tables[name].page);
  }
  const perPage = matchMedia("(max-width: 40rem)").matches ? [120, 12] : [240, 24];
  const failed = () => { byId("new").replaceWith(make("p", "note", word("old_browser"))); };
  followLanguage(languageChanged);
  followTheme();
  byId("tint").onchange = (event) => byId("specimen").classList.toggle("tinted", event.target.checked);
  byId("size").oninput = (event) => byId("specimen").style.setProperty("--size", event.target.value);

  if (typeof DecompressionStream === "undefined") failed();
  else begin();
  function begin() {
  table("new", perPage[0], range(facts.new.length), newCell);
  orderNew();
  byId("new-order").onchange = orderNew;
  byId("find").oninput = find;
  byId("show-reference").onchange = (event) => byId("new").classList.toggle("referenced", event.target.checked);
  byId("new").classList.add("referenced");
  if (facts.hidden.length) {
    table("hidden", perPage[1], range(facts.hidden.length), hiddenCard);
    orderHidden();
    byId("hidden-order").onchange = orderHidden;
    byId("hidden-broken").onchange = orderHidden;
  }
  }
}
