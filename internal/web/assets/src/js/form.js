// Forms: a second click does nothing while the first is under way, and a filter bar applies itself.
export function startForms() {
  document.addEventListener("submit", (event) => {
    const inPlace = event.target.hasAttribute("hx-post");
    if ((event.defaultPrevented && !inPlace) || event.target.method === "dialog") return;
    const button = event.submitter ?? event.target.querySelector("button:not([type=button])");
    if (event.target.method === "post" && button) setTimeout(() => busy(button));
  });
  document.addEventListener("change", (event) => {
    if (event.target.closest("form[data-autosubmit]:not([hx-get])") && !event.target.matches("[type=search]")) event.target.form.requestSubmit();
  });
  addEventListener("pageshow", restore);
  document.addEventListener("htmx:finally:request", restore);
}

// busy marks a button after its form has gone; data-busy says in words what is happening.
function busy(button) {
  button.setAttribute("aria-busy", "true");
  button.disabled = true;
  const label = button.querySelector(".btn-label");
  if (!label || !button.dataset.busy) return;
  button.dataset.label = label.textContent;
  label.textContent = button.dataset.busy;
}

function restore() {
  for (const button of document.querySelectorAll("button[aria-busy=true]")) {
    button.removeAttribute("aria-busy");
    button.disabled = false;
    const label = button.querySelector(".btn-label");
    if (label && button.dataset.label) label.textContent = button.dataset.label;
  }
}
