// Relative times move on, in the same words as ui.Ago in Go; the exact time on hover is in the reader's own time zone.
const every = 20000;
const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

export function startTimes() {
  update();
  setInterval(update, every);
  document.addEventListener("admit:refreshed", update);
  document.addEventListener("admit:topics", update);
}

function update() {
  const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  for (const node of document.querySelectorAll("time[data-ago]")) {
    const at = new Date(node.dateTime);
    const text = ago(at, new Date());
    if (text && node.textContent !== text) node.textContent = text;
    node.title = exact.format(at);
  }
}

// ago gives the words for a time within 30 days; beyond that the server's date stays.
function ago(at, now) {
  const seconds = Math.trunc((now - at) / 1000);
  const distance = Math.abs(seconds);
  if (distance < 45) return seconds >= 0 ? "just now" : "in a moment";
  if (distance >= 30 * day) return "";
  const span = distance < hour ? `${Math.max(1, Math.round(distance / minute))} min`
    : distance < day ? `${Math.round(distance / hour)} h`
    : count(Math.round(distance / day), "day");
  return seconds >= 0 ? `${span} ago` : `in ${span}`;
}

const count = (n, noun) => `${n} ${noun}${n === 1 ? "" : "s"}`;
