// Builds src/ into dist/: one style sheet, one script, one icon sprite, the favicon. Each text file gets a .br and
// a .gz beside it, so that the server never compresses an asset. Go adds the content hashes (assets.go).
import { build } from "esbuild";
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const out = new URL("dist/", import.meta.url);
const icons = new URL("node_modules/lucide-static/icons/", import.meta.url);

// sprite joins the icons of src/icons.json into one file of <symbol>s, drawn with <use href="icons.svg#name">.
async function sprite() {
  const names = JSON.parse(await readFile(new URL("src/icons.json", import.meta.url), "utf8"));
  const symbols = await Promise.all(names.map(async (name) => {
    const svg = await readFile(new URL(`${name}.svg`, icons), "utf8");
    const shapes = svg.replace(/<!--.*?-->/gs, "").replace(/^[\s\S]*?<svg[^>]*>|<\/svg>/g, "");
    return `<symbol id="${name}" viewBox="0 0 24 24">${shapes.replace(/\s*\n\s*/g, "")}</symbol>`;
  }));
  const licence = await readFile(new URL("../LICENSE", icons), "utf8");
  return `<!-- Icons: Lucide, lucide.dev\n${licence.replaceAll(/-+/g, "-")}-->\n<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`;
}

async function clean() {
  await mkdir(out, { recursive: true });
  for (const name of await readdir(out)) {
    if (name !== ".gitkeep") await rm(new URL(name, out), { recursive: true });
  }
}

async function compress(name) {
  const text = await readFile(new URL(name, out));
  const brotli = brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  await writeFile(new URL(`${name}.br`, out), brotli);
  await writeFile(new URL(`${name}.gz`, out), gzipSync(text, { level: 9 }));
  console.log(`${name.padEnd(12)} ${String(text.length).padStart(7)} B, ${String(brotli.length).padStart(6)} B compressed`);
}

await clean();
await build({
  absWorkingDir: new URL(".", import.meta.url).pathname,
  entryPoints: ["src/js/app.js", "src/css/app.css"],
  entryNames: "[name]",
  outdir: "dist",
  bundle: true,
  minify: true,
  format: "iife",
  target: ["chrome123", "firefox128", "safari17.5"],
  legalComments: "none",
  logLevel: "warning",
});
await writeFile(new URL("icons.svg", out), await sprite());
await copyFile(new URL("src/favicon.svg", import.meta.url), new URL("favicon.svg", out));
for (const name of (await readdir(out)).filter((name) => /\.(css|js|svg)$/.test(name)).sort()) await compress(name);
