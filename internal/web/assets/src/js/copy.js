// Copy buttons: data-copy holds the text.
import { toast } from "./toast.js";

export function startCopy() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy]");
    if (!button) return;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      toast("Copied");
    } catch {
      toast("The browser did not allow copying. Select the text and copy it by hand.", "problem");
    }
  });
}
