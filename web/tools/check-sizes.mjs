// Fails when the built front end has grown over its limits: what the first page
// loads (60 KB), and what any page loads in all (120 KB), both as gzip.
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const kFirstMax = 60_000;
const kPageMax = 120_000;

const dist = process.env.ROWHOUSE_DIST ?? "dist";
const manifest = JSON.parse(readFileSync(join(dist, ".vite/manifest.json"), "utf8"));
const sizes = new Map();

function sizeOf(file) {
  if (!sizes.has(file)) sizes.set(file, gzipSync(readFileSync(join(dist, file)), { level: 9 }).length);
  return sizes.get(file);
}

/** The chunks that one needs before it runs; with `later`, also those it fetches after. */
function chunksOf(key, later, known = new Set()) {
  const found = new Set();
  const visit = (name) => {
    if (found.has(name) || known.has(name)) return;
    found.add(name);
    const chunk = manifest[name];
    for (const other of chunk.imports ?? []) visit(other);
    if (later) for (const other of chunk.dynamicImports ?? []) visit(other);
  };
  visit(key);
  return found;
}

const filesOf = (chunks) => new Set([...chunks].flatMap((name) => [manifest[name].file, ...(manifest[name].css ?? [])]));
const total = (files) => [...files].reduce((sum, file) => sum + sizeOf(file), 0);
const kilo = (bytes) => `${(bytes / 1000).toFixed(1)} KB`;

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const shell = chunksOf(entry, false);
const pages = Object.keys(manifest).filter((key) => key.startsWith("src/pages/") && manifest[key].isDynamicEntry);
if (pages.length === 0) throw new Error("no page found in the manifest");
const measured = pages.map((page) => {
  const atOnce = filesOf([...shell, ...chunksOf(page, false, shell)]);
  const all = filesOf([...shell, ...chunksOf(page, true, shell)]);
  return { page: page.slice("src/pages/".length), first: total(atOnce), all: total(all) };
});
const first = measured.find(({ page }) => page.startsWith("overview")) ?? measured[0];
const worst = measured.reduce((a, b) => (b.all > a.all ? b : a));
const size = total(filesOf(Object.keys(manifest)));
console.log(`web: frame ${kilo(total(filesOf(shell)))}, first page ${kilo(first.first)} of ${kilo(kFirstMax)}, largest page ${worst.page} ${kilo(worst.all)} of ${kilo(kPageMax)}, everything ${kilo(size)} (gzip)`);

const over = [
  ...measured.filter(({ first: bytes }) => bytes > kFirstMax).map(({ page, first: bytes }) => `${page}: ${kilo(bytes)} before it can be seen, at most ${kilo(kFirstMax)}`),
  ...measured.filter(({ all: bytes }) => bytes > kPageMax).map(({ page, all: bytes }) => `${page}: ${kilo(bytes)} in all, at most ${kilo(kPageMax)}`),
];
for (const line of over) console.error(`web: too large: ${line}`);
// The manifest was for this check; it is no file of the console.
rmSync(join(dist, ".vite"), { recursive: true });
process.exit(over.length ? 1 : 0);
