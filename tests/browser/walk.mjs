// The walk through the console that somebody makes on the first day, by keyboard
// alone. It runs on the mock of the server and on a real one.
import assert from "node:assert/strict";
import { open, overflow, pictureAt, seriousFindings, tabTo } from "./browser.mjs";

// The door asks who is there, and one password is wrong on purpose.
const kExpected = [/401 .*\/api\/v1\/session/];

export async function signIn(page, world, password = world.password) {
  await page.getByLabel("E-mail").waitFor();
  await page.keyboard.type(world.email);
  await page.keyboard.press("Tab");
  await page.keyboard.type(password);
  await page.keyboard.press("Enter");
}

const rowsOf = (page) => page.locator("table.data tbody tr[data-index]");
const press = async (page, ...keys) => {
  for (const key of keys) await page.keyboard.press(key);
};
/** Goes to a page by its two keys, once nothing that takes text has the focus. */
const go = async (page, key, heading) => {
  await press(page, "Escape", "g", key);
  await page.getByRole("heading", { level: 1, name: heading, exact: true }).waitFor();
};

async function throughTheDoor(page, world) {
  await page.goto(world.url);
  await signIn(page, world, "a wrong one");
  await page.getByRole("alert").filter({ hasText: /password/i }).waitFor();
  await page.keyboard.type(world.password); // the field has the focus again
  await press(page, "Enter");
  await page.locator(".verdict h1").waitFor();
}

async function addCluster(page, world) {
  await go(page, "c", "Clusters");
  await tabTo(page, page.getByRole("button", { name: "Add cluster" }));
  await press(page, "Enter");
  await page.getByLabel("Name", { exact: true }).waitFor();
  await page.keyboard.type(world.clusterName);
  await tabTo(page, page.getByLabel("Bootstrap servers"));
  await page.keyboard.type(world.bootstrap);
  await tabTo(page, page.getByRole("group").locator("input[type=url]").first());
  await page.keyboard.type(world.registry);
  await tabTo(page, page.getByRole("button", { name: "Test all" }), "Shift+Tab");
  await press(page, "Enter");
  for (const part of ["kafka", "registry"]) await page.getByRole("status", { name: `Test of ${part}: connected` }).waitFor();
  await tabTo(page, page.getByRole("button", { name: "Add", exact: true }));
  await press(page, "Enter");
  await page.getByRole("heading", { name: "Topics", exact: true }).waitFor();
}

async function toMessages(page, world) {
  await go(page, "m", "Topics");
  await rowsOf(page).first().waitFor();
  await press(page, "/");
  await page.keyboard.type(world.topic);
  await press(page, "Enter"); // leaves the filter for the first row
  await page.waitForFunction(() => document.activeElement?.closest("tr[data-index]"));
  const link = page.getByRole("link", { name: world.topic, exact: true });
  if (!(await link.evaluate((element) => element === document.activeElement))) await tabTo(page, link);
  await press(page, "Enter");
  await page.getByRole("heading", { level: 1, name: world.topic }).waitFor();
  await rowsOf(page).first().waitFor();
  await page.locator(".progress").filter({ hasText: "messages" }).waitFor();
}

async function narrow(page) {
  await press(page, "Escape", "e");
  await page.keyboard.type('op == "u"');
  await press(page, "Enter");
  await page.waitForURL(/filter=op/);
  await rowsOf(page).first().waitFor();
  const changes = await page.locator("table.data .op").allTextContents();
  assert.deepEqual([...new Set(changes)], ["update"]);
  await tabTo(page, page.getByRole("button", { name: "No expression" }));
  await press(page, "Enter");
  await page.waitForURL((url) => !url.searchParams.has("filter"));
  await press(page, "Escape", "/");
  await page.keyboard.type("no such text anywhere in it");
  await press(page, "Enter");
  await page.getByText("No message fits").waitFor();
  await press(page, "Escape");
  await rowsOf(page).first().waitFor();
}

async function liveTail(page, world) {
  await press(page, "Escape", "l");
  await page.waitForURL(/live=1/);
  await page.locator(".progress").filter({ hasText: "live" }).waitFor();
  const newest = await rowsOf(page).first().getAttribute("data-index").then(() => page.locator("[data-record]").first().getAttribute("data-record"));
  await world.insert();
  await page.waitForFunction((old) => document.querySelector("[data-record]")?.dataset.record !== old, newest);
  await press(page, "l");
  await page.waitForURL((url) => !url.searchParams.has("live"));
}

/** Opens the first record; gives its address. */
async function openRecord(page, world) {
  // Rows still come from the search that follows the tail: a key pressed while they are drawn may find none.
  const trace = page.getByRole("complementary", { name: /^Record / }).getByRole("link", { name: "Trace" });
  for (let tries = 1; ; ++tries) {
    await rowsOf(page).first().waitFor();
    await press(page, "Escape", "j");
    await page.waitForFunction(() => document.activeElement?.dataset.record, null, { timeout: 4_000 }).catch(() => null);
    await press(page, "Enter");
    const opened = await trace.waitFor({ timeout: 4_000 }).then(() => true, () => false);
    if (opened) break;
    assert.ok(tries < 5, "Enter on a message does not open it");
  }
  await page.screenshot({ path: pictureAt(`messages-${world.look}.png`) });
  return page.url();
}

async function traceIt(page, world) {
  await tabTo(page, page.getByRole("complementary", { name: /^Record / }).getByRole("link", { name: "Trace" }));
  await press(page, "Enter");
  await page.getByText("Acknowledged by Kafka").first().waitFor();
  await page.getByText("Seen by a query").first().waitFor();
  await page.screenshot({ path: pictureAt(`trace-${world.look}.png`) });
}

async function sameInAFreshSession(browser, world, address, look) {
  const page = await open(browser, { ...look, expects: kExpected });
  await page.goto(address);
  await signIn(page, world);
  const at = new URL(address).searchParams.get("record");
  await page.getByRole("complementary", { name: `Record ${at}` }).waitFor();
  assert.equal(page.url(), address);
  assert.deepEqual(page.errors, []);
  await page.context().close();
}

async function byName(page, world) {
  await press(page, "Escape", "Control+k");
  await page.getByRole("combobox", { name: "Go to" }).waitFor();
  await page.keyboard.type(world.table);
  await page.getByRole("option", { name: new RegExp(`${world.table}\\s*table`) }).waitFor();
  await press(page, "Enter");
  await page.getByRole("heading", { level: 1, name: world.table }).waitFor();
  await press(page, "?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  await press(page, "Escape");
  await page.getByRole("dialog", { name: "Keys" }).waitFor({ state: "detached" });
}

/** All of it; `look` is a window and a theme. */
export async function walk(browser, world, look) {
  const page = await open(browser, { ...look, expects: kExpected });
  await throughTheDoor(page, world);
  await addCluster(page, world);
  await press(page, "Escape");
  await page.goto(`${world.url}/clusters`);
  await page.evaluate(() => localStorage.removeItem("rowhouse.cluster"));
  await page.goto(world.url);
  await page.locator(".verdict h1").waitFor();
  await toMessages(page, world);
  await narrow(page);
  await liveTail(page, world);
  const address = await openRecord(page, world);
  assert.deepEqual(await seriousFindings(page), []);
  assert.ok((await overflow(page)) <= 1, "wider than the window");
  await traceIt(page, world);
  await byName(page, world);
  await page.goto(world.url);
  await page.locator(".verdict h1").waitFor();
  await page.locator(".charts canvas").first().waitFor();
  await page.screenshot({ path: pictureAt(`overview-${world.look}.png`) });
  assert.deepEqual(page.errors, []);
  await page.context().close();
  await sameInAFreshSession(browser, world, address, look);
}
