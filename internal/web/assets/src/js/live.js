// Live updates. One EventSource a page listens to the topics named by every [data-live]; a message carries one topic
// as its data. Each [data-refresh] that names the topic (or "*") is then taken anew from the server and morphed in
// place, which keeps focus, scroll position and an open dialog.
import htmx from "htmx.org/dist/htmx.esm.js";
import { fetchPage } from "./dom.js";
import { announce, toast } from "./toast.js";

const firstDelay = 1000;
const longestDelay = 30000;
const gather = 60; // milliseconds in which messages are answered by one request

let source = null;
let listening = "";
let failures = 0;
let retry = 0;
let stale = false; // messages may have been missed
let pending = new Set();
let gathering = 0;
let refreshing = false;

const words = (text) => (text ?? "").split(/\s+/).filter(Boolean);

function topics() {
  const all = [...document.querySelectorAll("[data-live]")].flatMap((node) => words(node.dataset.live));
  return [...new Set(all)].sort();
}

export function startLive() {
  connect();
  document.addEventListener("admit:topics", connect);
  document.addEventListener("visibilitychange", () => (document.hidden ? pause() : connect()));
  document.addEventListener("focusout", () => schedule());
  addEventListener("pagehide", disconnect);
}

// pause gives the connection back while nobody looks; a browser has only six for a host.
function pause() {
  stale = source !== null;
  disconnect();
}

function disconnect() {
  source?.close();
  source = null;
  listening = "";
  clearTimeout(retry);
}

// connect opens the stream, or opens it anew when the topics of the page have changed (a dialog adds its own).
function connect() {
  const query = new URLSearchParams(topics().map((topic) => ["topic", topic])).toString();
  if (document.hidden || query === listening) return;
  disconnect();
  if (query === "") return show("");
  listening = query;
  source = new EventSource(`/live?${query}`);
  source.onopen = () => {
    failures = 0;
    show("live");
    if (stale) want("*");
    stale = false;
  };
  source.onmessage = (event) => want(event.data.trim());
  source.onerror = reconnect;
}

// reconnect waits longer after each failure. The browser's own reconnecting gives up on an HTTP error; ours does not.
function reconnect() {
  disconnect();
  stale = true;
  failures += 1;
  show("reconnecting");
  const delay = Math.min(longestDelay, firstDelay * 2 ** (failures - 1));
  retry = setTimeout(connect, delay * (0.75 + Math.random() / 2));
}

function show(state) {
  const node = document.getElementById("live-status");
  if (!node) return;
  node.hidden = state === "";
  node.dataset.state = state;
  node.textContent = state === "reconnecting" ? "Reconnecting" : "Live";
}

function want(topic) {
  pending.add(topic);
  schedule();
}

function schedule() {
  if (pending.size === 0 || gathering) return;
  gathering = setTimeout(() => {
    gathering = 0;
    refresh();
  }, gather);
}

function concerned(node, asked) {
  return asked.has("*") || words(node.dataset.refresh).some((topic) => topic === "*" || asked.has(topic));
}

// typing says whether a reader is filling in a field of this part; it is then refreshed when the field is left.
function typing(node) {
  return node.contains(document.activeElement) && document.activeElement.matches("input, select, textarea");
}

async function refresh() {
  if (refreshing) return schedule();
  const asked = pending;
  pending = new Set();
  const bySource = new Map();
  for (const node of document.querySelectorAll("[data-refresh][id]")) {
    if (!concerned(node, asked)) continue;
    if (typing(node)) {
      for (const topic of asked) pending.add(topic);
      continue;
    }
    const url = node.closest("[data-src]")?.dataset.src ?? location.pathname + location.search;
    bySource.set(url, [...(bySource.get(url) ?? []), node]);
  }
  refreshing = true;
  try {
    for (const [url, nodes] of bySource) await refreshFrom(url, nodes);
  } catch {
    reconnect();
  } finally {
    refreshing = false;
  }
}

async function refreshFrom(url, nodes) {
  const ids = nodes.map((node) => node.id).join(" ");
  const { ok, redirected, page } = await fetchPage(url, { "Admit-Refresh": ids });
  if (redirected) return signedOut();
  if (!ok) return;
  for (const node of nodes) {
    const fresh = page.getElementById(node.id);
    if (fresh) await morph(node, fresh);
    else node.remove();
  }
}

function signedOut() {
  disconnect();
  show("");
  toast("You are signed out. Reload the page to sign in again.", "problem");
}

async function morph(node, fresh) {
  const before = said(node);
  const changes = [...fresh.querySelectorAll("tr[id], li[id]")].filter((part) => {
    const old = document.getElementById(part.id);
    return !old || old.textContent !== part.textContent;
  }).map((part) => part.id);
  await htmx.swap({ target: node, sourceElement: node, text: fresh.outerHTML, swap: "outerMorph", ignoreTitle: true });
  for (const id of changes) highlight(document.getElementById(id));
  for (const [id, text] of said(document.getElementById(node.id) ?? node)) {
    if (before.has(id) && before.get(id) !== text) announce(text);
  }
  document.dispatchEvent(new CustomEvent("admit:refreshed"));
}

// said collects what [data-announce] would tell a screen reader, so that a change of it can be spoken once.
function said(node) {
  return new Map([...node.querySelectorAll("[data-announce][id]")].map((part) => [part.id, part.dataset.announce]));
}

function highlight(node) {
  if (!node) return;
  node.classList.add("fresh");
  node.addEventListener("animationend", () => node.classList.remove("fresh"), { once: true });
}
