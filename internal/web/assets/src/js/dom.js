// el makes an element: el("p", { class: "muted", text: "Hello" }, child, ...).
export function el(tag, { text, ...attributes } = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text !== undefined) node.textContent = text;
  node.append(...children);
  return node;
}

// icon draws one symbol of the sprite, whose address the layout puts on <html>.
export function icon(name) {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(namespace, "use");
  use.setAttribute("href", `${document.documentElement.dataset.icons}#${name}`);
  svg.append(use);
  return svg;
}

// fetchPage gets a page of ours as a document. A page that is not what was asked for (an error, or the sign-in page
// after a redirect) comes with ok = false.
export async function fetchPage(url, headers = {}) {
  const response = await fetch(url, { headers: { Accept: "text/html", ...headers }, credentials: "same-origin" });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  return { ok: response.ok && !response.redirected, redirected: response.redirected, status: response.status, page };
}
