// Dialogs. A link with data-dialog goes to a page that has #dialog-content; here that part opens over this page
// instead. Forms in it are sent in place: an answer with #dialog-content (mistakes to correct) replaces the content, an
// HX-Redirect or a redirect leads on.
import htmx from "htmx.org/dist/htmx.esm.js";
import { el, fetchPage } from "./dom.js";

const patience = 150; // milliseconds before we say that it is opening

let dialog = null;
let opener = null;

export function startDialogs() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-dialog]");
    if (link && !event.defaultPrevented && event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      open(link.href, link);
    } else if (event.target.closest?.("[data-close]")) {
      event.target.closest("dialog")?.close();
    }
  });
  document.addEventListener("htmx:before:response", (event) => {
    const { ctx } = event.detail;
    if (!ctx.sourceElement.closest("#dialog") || !ctx.response.raw.redirected) return;
    event.preventDefault();
    location.assign(ctx.response.raw.url);
  });
  document.addEventListener("htmx:after:swap", () => dialog?.open && prepare());
}

async function open(url, link) {
  make();
  if (!dialog.open) opener = link;
  const loading = setTimeout(() => show(el("p", { class: "dialog-loading", role: "status", text: "Opening…" })), patience);
  try {
    const { ok, page } = await fetchPage(url);
    const content = ok && page.getElementById("dialog-content");
    if (!content) return location.assign(url);
    dialog.dataset.src = new URL(url).pathname + new URL(url).search;
    show(document.adoptNode(content));
  } catch {
    location.assign(url);
  } finally {
    clearTimeout(loading);
  }
}

function make() {
  if (dialog?.isConnected) return;
  dialog = el("dialog", { id: "dialog", class: "dialog", "aria-labelledby": "dialog-title" });
  dialog.addEventListener("close", closed);
  dialog.addEventListener("pointerdown", (event) => {
    if (event.target === dialog && !dialog.querySelector("form[data-dirty]")) dialog.close();
  });
  dialog.addEventListener("input", (event) => event.target.form && (event.target.form.dataset.dirty = ""));
  document.body.append(dialog);
}

function show(content) {
  dialog.replaceChildren(content);
  if (!dialog.open) dialog.showModal();
  focusFirst();
  prepare();
}

// focusFirst begins where one would: at what asks for it, at the first field, or at the title. A ticket is there to be
// read first.
function focusFirst() {
  const first = ["[autofocus]", ".dialog-ticket #dialog-title", "input:not([type=hidden]):enabled, select:enabled, textarea:enabled", "#dialog-title"]
    .map((selector) => dialog.querySelector(selector)).find(Boolean);
  if (first?.id === "dialog-title") first.tabIndex = -1;
  first?.focus();
}

// prepare makes the forms of the content send themselves in place, and tells live updates about its topics.
function prepare() {
  for (const form of dialog.querySelectorAll("form:not([hx-post])")) {
    if (form.method !== "post" || form.querySelector("[type=file]")) continue;
    form.setAttribute("hx-post", form.getAttribute("action") || dialog.dataset.src);
    form.setAttribute("hx-target", "#dialog-content");
    form.setAttribute("hx-select", "#dialog-content");
    form.setAttribute("hx-swap", "outerHTML");
    form.setAttribute("hx-sync", "this:drop");
  }
  htmx.process(dialog);
  document.dispatchEvent(new CustomEvent("admit:topics"));
}

function closed() {
  dialog.replaceChildren();
  delete dialog.dataset.src;
  const again = opener?.isConnected ? opener : opener?.id && document.getElementById(opener.id);
  if (again) again.focus();
  document.dispatchEvent(new CustomEvent("admit:topics"));
}
