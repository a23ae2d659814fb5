// The command palette: Ctrl/Cmd-K goes anywhere. It asks /palette?q= for [{title, kind, url, hint}], best first.
import { el, icon } from "./dom.js";

const pause = 110; // milliseconds without typing before we ask

let dialog, input, list, note;
let options = [];
let current = -1;
let timer = 0;
let asking = null;

export function startPalette() {
  if (!document.querySelector("[data-palette]")) return;
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    event.preventDefault();
    dialog?.open ? dialog.close() : open();
  });
  document.addEventListener("click", (event) => event.target.closest?.("[data-palette]") && open());
  if (/Mac|iPhone|iPad/.test(navigator.platform)) {
    for (const key of document.querySelectorAll("[data-palette] kbd")) key.textContent = "⌘K";
  }
}

function open() {
  if (!dialog) make();
  document.getElementById("nav")?.hidePopover?.();
  input.value = "";
  dialog.showModal();
  ask();
}

function make() {
  input = el("input", { type: "text", role: "combobox", "aria-label": "Search apps, resources, people and pages", "aria-expanded": "true",
    "aria-controls": "palette-list", "aria-autocomplete": "list", autocomplete: "off", spellcheck: "false", placeholder: "Go to an app, a resource, a person, a page…" });
  list = el("div", { id: "palette-list", class: "palette-list", role: "listbox", "aria-label": "Results", tabindex: "-1" });
  note = el("p", { class: "palette-note", role: "status", hidden: "" });
  const foot = el("div", { class: "palette-foot", "aria-hidden": "true" }, el("span", { text: "↑ ↓ to move" }), el("span", { text: "Enter to go" }), el("span", { text: "Esc to close" }));
  dialog = el("dialog", { class: "dialog palette", "aria-label": "Go to" }, el("div", { class: "palette-input" }, icon("search"), input), list, note, foot);
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, pause);
  });
  input.addEventListener("keydown", key);
  list.addEventListener("pointermove", (event) => choose(options.indexOf(event.target.closest(".palette-option")), false));
  list.addEventListener("click", (event) => go(event.target.closest(".palette-option"), event));
  dialog.addEventListener("pointerdown", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
}

async function ask() {
  asking?.abort();
  asking = new AbortController();
  const query = input.value.trim();
  try {
    const response = await fetch(`/palette?${new URLSearchParams({ q: query })}`, { signal: asking.signal, headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(response.statusText);
    draw(await response.json(), query);
  } catch (error) {
    if (error.name !== "AbortError") say("The search did not answer. Try again in a moment.");
  }
}

function say(text) {
  options = [];
  list.replaceChildren();
  note.textContent = text;
  note.hidden = false;
  list.hidden = true;
  choose(-1);
}

function draw(results, query) {
  if (!results.length) return say(query ? `Nothing is called “${query}”.` : "Type a name.");
  note.hidden = true;
  list.hidden = false;
  const kinds = Map.groupBy ? Map.groupBy(results, (result) => result.kind) : group(results);
  const groups = [...kinds].map(([kind, members], index) => {
    const title = el("div", { class: "palette-kind", id: `palette-kind-${index}`, text: kind });
    return el("div", { role: "group", "aria-labelledby": title.id }, title, ...members.map(option));
  });
  list.replaceChildren(...groups);
  options = [...list.querySelectorAll(".palette-option")];
  options.forEach((node, index) => (node.id = `palette-option-${index}`));
  list.scrollTop = 0;
  choose(0);
}

function group(results) {
  const kinds = new Map();
  for (const result of results) kinds.set(result.kind, [...(kinds.get(result.kind) ?? []), result]);
  return kinds;
}

function option(result) {
  return el("div", { class: "palette-option", role: "option", "aria-selected": "false", "data-url": result.url },
    el("span", { text: result.title }), el("span", { text: result.hint ?? "" }));
}

function choose(index, scroll = true) {
  if (index === current && options[index]?.getAttribute("aria-selected") === "true") return;
  if (index < 0 && options.length) return;
  current = index;
  options.forEach((node, at) => node.setAttribute("aria-selected", String(at === index)));
  const node = options[index];
  if (!node) return input.removeAttribute("aria-activedescendant");
  input.setAttribute("aria-activedescendant", node.id);
  if (scroll) node.scrollIntoView({ block: "nearest" });
}

function key(event) {
  const last = options.length - 1;
  const moves = {
    ArrowDown: current >= last ? 0 : current + 1,
    ArrowUp: current <= 0 ? last : current - 1,
    PageDown: Math.min(last, current + 8),
    PageUp: Math.max(0, current - 8),
  };
  if (event.key in moves) {
    event.preventDefault();
    choose(moves[event.key]);
  } else if (event.key === "Enter" && !event.isComposing) {
    event.preventDefault();
    go(options[current], event);
  }
}

function go(node, event) {
  if (!node) return;
  const { url } = node.dataset;
  if (new URL(url, location.href).origin !== location.origin) return;
  if (event.ctrlKey || event.metaKey) return void window.open(url, "_blank", "noopener");
  dialog.close();
  location.assign(url);
}
