// A real Chromium for tests of the console: started, watched for console errors,
// and asked by axe. Used with node's own test runner.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

export const root = join(import.meta.dirname, "../..");
const require = createRequire(join(root, "web/package.json"));
const { chromium } = require("playwright-core");
const axeSource = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export const kWide = { width: 1280, height: 800 };
export const kNarrow = { width: 390, height: 844 };
const kFlags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** The path of Chromium; nothing where there is none. */
export function chromiumPath() {
  try {
    return execFileSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim();
  } catch {
    return "";
  }
}

export function launch() {
  return chromium.launch({ executablePath: chromiumPath(), args: kFlags });
}

/**
 * A page whose errors are kept in `page.errors`. The browser itself notes each
 * answer of 4xx as an error; those that a test expects are named by `expects`.
 */
export async function open(browser, { viewport = kWide, theme = "light", expects = [] } = {}) {
  const context = await browser.newContext({ viewport, colorScheme: theme, locale: "en-GB", timezoneId: "Europe/Berlin" });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.errors = [];
  page.on("pageerror", (error) => page.errors.push(`uncaught: ${error.stack ?? error.message}`));
  page.on("console", (message) => {
    if (message.type() !== "error" && message.type() !== "warning") return;
    const text = `${message.text()} ${message.location().url ?? ""}`;
    if (!expects.some((expected) => expected.test(text))) page.errors.push(text);
  });
  return page;
}

/** What axe finds that is serious or critical, as lines. */
export async function seriousFindings(page) {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, help, nodes }) => nodes.slice(0, 3).map((node) => `${id}: ${help}: ${node.target.join(" ")} ${node.any[0]?.message ?? ""}`));
}

/** By how many pixels the page is wider than its window. */
export function overflow(page) {
  return page.evaluate(() => {
    const main = document.querySelector("main") ?? document.documentElement;
    return Math.max(document.documentElement.scrollWidth - window.innerWidth, main.scrollWidth - main.clientWidth);
  });
}

/** Presses Tab until `target` has the focus, as somebody without a mouse does. */
export async function tabTo(page, target, key = "Tab") {
  await target.waitFor();
  for (let presses = 0; presses < 150; presses++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`150 times ${key} did not lead to ${target}`);
}

/** Where pictures go: docs/images when they are to be renewed, the build tree otherwise. */
export function pictureAt(name) {
  const directory = process.env.ROWHOUSE_PICTURES ?? join(root, "build/pictures");
  mkdirSync(directory, { recursive: true });
  return join(directory, name);
}
