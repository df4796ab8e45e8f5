// The acceptance walk on the real demo: MariaDB, Kafka, ClickHouse, rows in flow; the pictures of the README are made here.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromiumPath, kNarrow, kWide, launch, open } from "./browser.mjs";
import { signIn, walk } from "./walk.mjs";

const binary = process.env.ROWHOUSE_BINARY ?? "";
const deps = process.env.ROWHOUSE_DEPS ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "rowhouse");
const parts = existsSync(join(deps, "env.json")) ? JSON.parse(readFileSync(join(deps, "env.json"), "utf8")) : {};
const missing = [
  [!chromiumPath(), "Chromium"], [!binary, "ROWHOUSE_BINARY"],
  ...["mariadbd", "mariadb_client", "kafka_libs", "java", "libchdb"].map((part) => [!parts[part], part]),
].filter(([gone]) => gone).map(([, name]) => name);
const skip = missing.length === 0 ? false : `SKIPPED ALOUD: without ${missing.join(", ")}; run tools/bootstrap demo test`;

let demo, browser, directory, world;

const freePort = () => new Promise((done) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    server.close(() => done(port));
  });
});

async function until(what, condition, seconds = 120) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value;
    } catch { /* not yet */ }
    assert.ok(Date.now() < end, `not within ${seconds} s: ${what}`);
    await new Promise((done) => setTimeout(done, 200));
  }
}

before(async () => {
  if (skip) return;
  directory = mkdtempSync(join(tmpdir(), "rowhouse-walk-"));
  const ports = {};
  for (const name of ["mysql", "kafka", "registry", "clickhouse", "console"]) ports[name] = await freePort();
  const log = openSync(join(directory, "demo.log"), "w");
  demo = spawn(binary, ["demo", "--data", join(directory, "data"), ...Object.entries(ports).flatMap(([name, port]) => [`--${name}-port`, String(port)])], { stdio: ["ignore", log, log] });
  const sql = (text) => execFileSync(parts.mariadb_client, ["--no-defaults", "-h127.0.0.1", `-P${ports.mysql}`, "-urowhouse", "-prowhouse", "shop", "-NBe", text], { encoding: "utf8" }).trim();
  world = {
    url: `http://127.0.0.1:${ports.console}`, email: "admin@test.com", password: "admin", bootstrap: `127.0.0.1:${ports.kafka}`, registry: `http://127.0.0.1:${ports.registry}`,
    topic: "rowhouse.shop.orders", table: "shop.orders", insert: async () => sql("INSERT INTO orders (customer_name) VALUES ('somebody new')"), sql,
  };
  await until("the demo is ready", async () => (await fetch(`${world.url}/readyz`)).ok);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  if (demo) {
    const ended = new Promise((done) => demo.on("exit", done));
    demo.kill("SIGTERM");
    await ended;
  }
  if (directory) rmSync(directory, { recursive: true, force: true });
});

for (const [look, options] of Object.entries({ light: { viewport: kWide, theme: "light" }, dark: { viewport: kWide, theme: "dark" }, "narrow-light": { viewport: kNarrow, theme: "light" }, "narrow-dark": { viewport: kNarrow, theme: "dark" } })) {
  test(`the first day on real servers, by keyboard alone: ${look}`, { skip }, () => walk(browser, { ...world, look, clusterName: `Second ${look}` }, options));
}

test("a product that is inserted is seen in messages, table, SQL and trace", { skip }, async () => {
  const page = await open(browser, { expects: [/401 .*\/api\/v1\/session/] });
  await page.goto(world.url);
  await signIn(page, world);
  await page.locator(".verdict h1").waitFor();
  const name = `walked ${Date.now()}`;
  const id = world.sql(`INSERT INTO products (name, description, price, cost_price) VALUES ('${name}', 'seen', 12.50, 6.25); SELECT LAST_INSERT_ID()`);

  await page.goto(`${world.url}/k/local/topics/rowhouse.shop.products?text=${encodeURIComponent(name)}`);
  await until("its message", async () => {
    await page.reload();
    await page.locator("table.data tbody tr[data-index]").first().waitFor({ timeout: 3_000 });
    return (await page.locator("table.data tbody").textContent()).includes(name);
  }, 60);

  await page.goto(`${world.url}/tables/shop.products`);
  await page.getByRole("heading", { level: 1, name: "shop.products" }).waitFor();
  await page.getByText("running", { exact: true }).first().waitFor();

  await page.goto(`${world.url}/sql?sql=${encodeURIComponent(`SELECT id, name, price FROM demo_tables.products_current WHERE name = '${name}'`)}`);
  await until("its row", async () => {
    await page.reload();
    await page.getByText(name, { exact: true }).first().waitFor({ timeout: 3_000 });
    return true;
  }, 60);

  await page.goto(`${world.url}/trace?table=shop.products&pk=${id}`);
  await page.getByText("Acknowledged by Kafka").first().waitFor();
  await page.getByText("Seen by a query").first().waitFor();
  assert.deepEqual(page.errors, []);
  await page.context().close();
});
