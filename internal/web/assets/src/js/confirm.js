// Confirmation with the consequence named. On a form or its button:
// data-confirm="what will happen" data-confirm-title="the question" data-confirm-action="the verb on the button".
import { el } from "./dom.js";

const confirmed = new WeakSet();

export function startConfirm() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const asker = event.submitter?.dataset.confirm ? event.submitter : form;
    if (!asker.dataset.confirm || confirmed.delete(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(asker, () => {
      confirmed.add(form);
      form.requestSubmit(event.submitter);
    });
  }, true);
}

function ask(asker, yes) {
  const before = document.activeElement;
  const act = el("button", { type: "button", class: "btn btn-danger", text: asker.dataset.confirmAction ?? "Go on" });
  const cancel = el("button", { type: "button", class: "btn", text: "Cancel", autofocus: "" });
  const dialog = el("dialog", { class: "dialog dialog-small", "aria-labelledby": "confirm-title", "aria-describedby": "confirm-text" },
    el("div", { class: "dialog-header" }, el("h1", { id: "confirm-title", text: asker.dataset.confirmTitle ?? "Are you sure?" })),
    el("div", { class: "dialog-body" }, el("p", { id: "confirm-text", class: "muted", text: asker.dataset.confirm })),
    el("div", { class: "dialog-foot" }, cancel, act));
  cancel.addEventListener("click", () => dialog.close());
  act.addEventListener("click", () => dialog.close("yes"));
  dialog.addEventListener("close", () => {
    dialog.remove();
    before?.focus?.();
    if (dialog.returnValue === "yes") yes();
  });
  document.body.append(dialog);
  dialog.showModal();
}
