// Every page, on the mock of the server: at both widths and in both themes it
// shows what it should, says no error, is no wider than the window, and axe finds
// nothing serious.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chromiumPath, kNarrow, kWide, launch, open, overflow, seriousFindings } from "./browser.mjs";
import { startMockSite } from "./mock_site.mjs";

const kTopic = "/k/local/topics/demo.shop.orders";
// An address, and a text that only the filled page has.
const kPages = [
  ["/", "6 of 8 tables flow"], ["/tables", "shop.stock_moves"], ["/tables/shop.orders", "In ClickHouse"], ["/tables/shop.orders?tab=columns", "LowCardinality(String)"],
  ["/tables/shop.orders?tab=objects", "ReplacingMergeTree"], ["/tables/shop.orders?tab=changes", "gift_note"], ["/tables/shop.payments?tab=errors", "E-CH-012"],
  ["/trace", "Name a row"], ["/trace?table=shop.orders&pk=42", "Inserted into ClickHouse"], ["/dead-letters?table=shop.payments", "does not fit Decimal"],
  ["/backfills", "cancelled"], ["/verify?table=shop.products", "id=4711"], ["/schema-changes", "MODIFY amount"],
  ["/k/local/topics", "demo.shop.payments"], [kTopic, "500messages"], [`${kTopic}?record=1/160390`, "columns changed"], [`${kTopic}?record=1/160390&part=value`, "schema 41"],
  [`${kTopic}?record=1/160390&part=meta`, "Log position"], [`${kTopic}?record=1/160390&part=raw`, "00 00 00 00 29"], [`${kTopic}?tab=partitions`, "First offset"], [`${kTopic}?tab=settings`, "cleanup.policy"],
  [`${kTopic}?tab=used`, "rowhouse-shop"], ["/k/local/schemas", "demo.shop.orders-value"], ["/k/local/schemas/demo.shop.orders-value?version=3&against=2", "gift_note"],
  ["/k/local/groups", "analytics-export"], ["/k/local/groups/rowhouse-shop", "Committed"], ["/k/local/connectors", "AccessDenied"], ["/sql?sql=SELECT+1", "9007199254740993"], ["/sql?sql=SELECT+1&view=chart", "over minute"],
  ["/sql?sql=SELECT+boom", "Unknown expression identifier"], ["/services", "mariadb"], ["/services/mariadb", "checkpoint at"], ["/alerts", "RowhouseSinkParts"], ["/alerts?tab=rules", "RowhouseDown"],
  ["/alerts?tab=channels", "Data on call"], ["/alerts?tab=history", "RowhouseLagHigh"], ["/clusters", "Bootstrap servers"], ["/clusters/new", "Technical id"], ["/clusters/local", "Test all"], ["/users", "ana@example.com"],
  ["/users?tab=tokens", "grafana"], ["/audit", "table.pause"], ["/settings", "Configuration of the server"], ["/help/E-CH-012", "Too many parts"], ["/no/such/page", "There is no page"],
];

const skip = chromiumPath() ? false : "SKIPPED ALOUD: no Chromium; run tools/bootstrap test";
let site, browser;
before(async () => {
  if (skip) return;
  site = await startMockSite();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await site?.close();
});

// The door asks who is there, and a wrong question to ClickHouse is answered 400.
const kExpected = [/401 .*\/api\/v1\/session/, /422 .*\/api\/v1\/sql$/];

async function signIn(page) {
  await page.goto(site.url);
  await page.getByLabel("E-mail").fill("admin@test.com");
  await page.getByLabel("Password").fill("admin");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1 }).filter({ hasText: "tables flow" }).waitFor();
}

for (const [width, viewport] of [["wide", kWide], ["narrow", kNarrow]]) {
  for (const theme of ["light", "dark"]) {
    test(`every page is whole and accessible: ${width}, ${theme}`, { skip }, async () => {
      const page = await open(browser, { viewport, theme, expects: kExpected });
      await signIn(page);
      const found = [];
      for (const [address, text] of kPages) {
        await page.goto(site.url + address);
        await page.locator("main").filter({ hasText: text }).waitFor().catch(() => found.push(`${address}: "${text}" is not there`));
        const wider = await overflow(page);
        if (wider > 1) found.push(`${address}: ${wider} px wider than the window`);
        for (const finding of await seriousFindings(page)) found.push(`${address}: axe: ${finding}`);
        found.push(...page.errors.splice(0).map((error) => `${address}: console: ${error}`));
      }
      await page.context().close();
      assert.equal(found.join("\n"), "");
    });
  }
}

test("the door and the first account's page are accessible", { skip }, async () => {
  for (const theme of ["light", "dark"]) {
    const page = await open(browser, { theme, expects: kExpected });
    for (const [address, text] of [["/", "Sign in"], ["/claim/abc", "Create the administrator"]]) {
      await page.goto(site.url + address);
      await page.getByRole("heading", { name: text }).waitFor();
      assert.deepEqual(await seriousFindings(page), [], address);
    }
    assert.deepEqual(page.errors, []);
    await page.context().close();
  }
});

test("a backfill is ordered only after it was counted", { skip }, async () => {
  const page = await open(browser, { expects: kExpected });
  await signIn(page);
  await page.goto(`${site.url}/tables/shop.orders`);
  await page.getByRole("button", { name: "Backfill" }).click();
  const dialog = page.getByRole("dialog", { name: "Backfill shop.orders" });
  const start = dialog.getByRole("button", { name: "Start" });
  assert.equal(await start.isDisabled(), true);
  await dialog.getByLabel("From").fill("2026-01-01");
  await dialog.getByRole("button", { name: "Count first" }).click();
  await dialog.getByRole("status").filter({ hasText: "310" }).waitFor();
  assert.deepEqual(await seriousFindings(page), []);
  await dialog.getByLabel("Rows a second").fill("500"); // what was counted is not what is ordered now
  assert.equal(await start.isDisabled(), true);
  await dialog.getByRole("button", { name: "Count first" }).click();
  await dialog.getByRole("status").waitFor();
  const order = page.waitForRequest((request) => request.url().endsWith("/tables/shop.orders/backfill") && !request.postDataJSON().dry_run);
  await start.click();
  assert.deepEqual((await order).postDataJSON(), { mode: "missing", from: "2026-01-01", rate: 500 });
  await dialog.waitFor({ state: "detached" });
  assert.deepEqual(page.errors, []);
  await page.context().close();
});

test("a table is paused and resumed in the list of tables", { skip }, async () => {
  const page = await open(browser, { expects: kExpected });
  await signIn(page);
  await page.goto(`${site.url}/tables`);
  const row = page.locator("tr").filter({ hasText: "shop.sessions" });
  await row.getByRole("button", { name: "Pause shop.sessions" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.filter({ hasText: "wait there" }).waitFor();
  await dialog.getByLabel("Reason").fill("a move");
  await dialog.getByRole("button", { name: "Pause", exact: true }).click();
  await page.getByText("shop.sessions: paused").waitFor();
  await row.filter({ hasText: "paused" }).getByRole("button", { name: "Resume shop.sessions" }).click();
  await dialog.getByRole("button", { name: "Resume", exact: true }).click();
  await row.filter({ hasText: "running" }).getByRole("button", { name: "Pause shop.sessions" }).waitFor();
  assert.deepEqual(page.errors, []);
  await page.context().close();
});

test("a parked table is skipped, once its name has been typed", { skip }, async () => {
  const page = await open(browser, { expects: kExpected });
  await signIn(page);
  await page.goto(`${site.url}/tables/shop.orders`);
  await page.getByRole("button", { name: "Resync" }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Skip" }).count(), 0);
  await page.goto(`${site.url}/tables/shop.products`);
  await page.getByRole("button", { name: "Skip" }).click();
  const dialog = page.getByRole("dialog", { name: "Skip shop.products" });
  await dialog.getByText("since mariadb-bin.000042:417 are left out").waitFor();
  assert.ok(await dialog.getByRole("button", { name: "Skip" }).isDisabled());
  await dialog.getByLabel("Type shop.products to go on").fill("shop.products");
  assert.deepEqual(await seriousFindings(page), []);
  await dialog.getByRole("button", { name: "Skip" }).click();
  await page.getByText("shop.products: followed again").waitFor();
  await page.getByRole("button", { name: "Skip" }).waitFor({ state: "detached" });
  assert.deepEqual(page.errors, []);
  await page.context().close();
});

test("a record is produced from the topic's page, with what a table's topic is said", { skip }, async () => {
  const page = await open(browser, { expects: kExpected });
  await signIn(page);
  await page.goto(site.url + kTopic);
  await page.getByRole("button", { name: "Produce" }).click();
  const dialog = page.getByRole("dialog", { name: "Produce to demo.shop.orders" });
  await dialog.getByRole("textbox", { name: "Value", exact: true }).fill('{"id": 9007199254740993}');
  await dialog.getByLabel("Format of the key").selectOption("null");
  await dialog.getByLabel("Write to it nevertheless").check();
  assert.deepEqual(await seriousFindings(page), []);
  const sent = page.waitForRequest((request) => request.method() === "POST" && request.url().endsWith("/messages"));
  await dialog.getByRole("button", { name: "Produce" }).click();
  assert.deepEqual((await sent).postDataJSON(), {
    key: { format: "null" }, value: { format: "avro", text: '{"id": 9007199254740993}' }, headers: [], force: true,
  });
  await dialog.waitFor({ state: "detached" });
  assert.deepEqual(page.errors, []);
  await page.context().close();
});

test("a record is produced again as it is shown, by the same schema", { skip }, async () => {
  const page = await open(browser, { expects: kExpected });
  await signIn(page);
  await page.goto(`${site.url}${kTopic}?record=1/160390&part=value`);
  await page.getByText("schema 41").first().waitFor();
  await page.getByRole("button", { name: "Produce again" }).click();
  const dialog = page.getByRole("dialog", { name: "Produce to demo.shop.orders" });
  const shown = JSON.parse(await dialog.getByRole("textbox", { name: "Value", exact: true }).inputValue());
  assert.ok(shown.after, JSON.stringify(shown));
  await dialog.getByLabel("Write to it nevertheless").check();
  const sent = page.waitForRequest((request) => request.method() === "POST" && request.url().endsWith("/messages"));
  await dialog.getByRole("button", { name: "Produce" }).click();
  const { key, value, headers } = (await sent).postDataJSON();
  assert.equal(key.format, "avro");
  assert.equal(value.schema_id, 41);
  assert.deepEqual(JSON.parse(value.text), shown);
  assert.deepEqual(headers.map((header) => header.name), ["traceparent", "__debezium.context"]);
  await dialog.waitFor({ state: "detached" });
  assert.deepEqual(page.errors, []);
  await page.context().close();
});
