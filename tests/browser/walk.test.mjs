// The acceptance walk on the mock of the server, at both widths, in both themes.
import { after, before, test } from "node:test";
import { chromiumPath, kNarrow, kWide, launch } from "./browser.mjs";
import { startMockSite } from "./mock_site.mjs";
import { walk } from "./walk.mjs";

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

for (const [look, options] of Object.entries({ light: { viewport: kWide, theme: "light" }, dark: { viewport: kWide, theme: "dark" }, "narrow-light": { viewport: kNarrow, theme: "light" }, "narrow-dark": { viewport: kNarrow, theme: "dark" } })) {
  test(`the first day by keyboard alone: ${look}`, { skip }, () => walk(browser, {
    url: site.url, email: "admin@test.com", password: "admin", look, clusterName: `Second ${look}`, bootstrap: "127.0.0.1:9092", registry: "http://127.0.0.1:8081",
    topic: "demo.shop.orders", table: "shop.orders", insert: async () => {}, // the mock writes a record every two seconds
  }, options));
}
