// The built pages on the mock of the server, with the server's own policy of
// what a page may load.
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./browser.mjs";

const web = join(root, "web");

export async function startMockSite() {
  process.env.ROWHOUSE_MOCK_DOOR = "1";
  const require = createRequire(join(web, "package.json"));
  const vite = await import(pathToFileURL(join(require.resolve("vite/package.json"), "../dist/node/index.js")).href);
  const outDir = process.env.ROWHOUSE_DIST ?? join(root, "build/dev/web/dist");
  const server = await vite.preview({ root: web, configFile: join(web, "vite.config.ts"), logLevel: "warn", build: { outDir }, preview: { host: "127.0.0.1", port: 0 } });
  return {
    url: server.resolvedUrls.local[0].replace(/\/$/, ""),
    close: () => new Promise((done) => {
      server.httpServer.closeAllConnections();
      server.httpServer.close(done);
    }),
  };
}
