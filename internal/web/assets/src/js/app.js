// The script of every page. Pages work without it; it adds live updates, the palette, dialogs in place, confirmation,
// toasts, copying and clocks that move.
import "htmx.org/dist/htmx.esm.js";
import { startConfirm } from "./confirm.js";
import { startCopy } from "./copy.js";
import { startDialogs } from "./dialog.js";
import { startForms } from "./form.js";
import { startLive } from "./live.js";
import { startMenus } from "./menu.js";
import { startPalette } from "./palette.js";
import { startTimes } from "./time.js";
import { startToasts } from "./toast.js";

document.documentElement.dataset.js = "";

function start() {
  startToasts();
  startTimes();
  startConfirm();
  startForms();
  startDialogs();
  startMenus();
  startPalette();
  startCopy();
  startLive();
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
