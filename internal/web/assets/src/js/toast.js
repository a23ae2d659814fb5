// Toasts: results that need no answer. The server renders those of the last action; scripts add their own.
import { el, icon } from "./dom.js";

const shownFor = 7000;
const icons = { done: "circle-check", note: "info", problem: "circle-alert" };

export function startToasts() {
  const region = document.getElementById("toasts");
  for (const node of region?.querySelectorAll(".toast") ?? []) manage(node);
  if (region?.childElementCount) lift(region);
}

// toast shows a result. kind is "done", "note" or "problem"; a problem stays until it is closed.
export function toast(text, kind = "done") {
  const region = document.getElementById("toasts");
  if (!region) return;
  const close = el("button", { type: "button", class: "btn btn-quiet btn-icon btn-small", "aria-label": "Dismiss", "data-dismiss": "" }, icon("x"));
  const node = el("div", { class: `toast toast-${kind}`, "data-kind": kind }, icon(icons[kind]), el("div", { class: "toast-text" }, el("span", { text })), close);
  region.append(node);
  lift(region);
  manage(node);
}

// announce tells a screen reader only.
export function announce(text) {
  const region = document.getElementById("announcer");
  if (region) region.append(el("p", { text }));
  setTimeout(() => region?.firstChild?.remove(), shownFor);
}

// lift puts the toasts into the top layer, above an open dialog.
function lift(region) {
  if (!region.showPopover) return;
  region.popover = "manual";
  if (region.matches(":popover-open")) region.hidePopover();
  region.showPopover();
}

function manage(node) {
  const close = () => {
    const region = node.parentElement;
    node.remove();
    if (region && !region.childElementCount && region.matches("[popover]:popover-open")) region.hidePopover();
  };
  node.querySelector("[data-dismiss]")?.addEventListener("click", close);
  if (node.dataset.kind === "problem" || node.querySelector("form, a")) return;
  let timer = setTimeout(close, shownFor);
  node.addEventListener("pointerenter", () => clearTimeout(timer));
  node.addEventListener("pointerleave", () => (timer = setTimeout(close, shownFor)));
}
