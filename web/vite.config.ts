import { defineConfig } from "vitest/config";
import { mockServer } from "./mock/plugin.ts";

// `npm run dev` shows the console on a mock of the server; with
// ROWHOUSE_SERVER=http://127.0.0.1:8087 it talks to that one instead.
// What the server sends with every page: nothing from elsewhere, nothing inline.
const kPolicy = "default-src 'self'; style-src 'self'; script-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

const server = process.env.ROWHOUSE_SERVER;

export default defineConfig({
  plugins: server ? [] : [mockServer()],
  build: {
    target: ["chrome123", "firefox120", "safari17.5"],
    outDir: process.env.ROWHOUSE_DIST ?? "dist",
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    manifest: true,
    reportCompressedSize: false,
  },
  preview: { headers: { "Content-Security-Policy": kPolicy } },
  server: server ? { proxy: { "/api": { target: server, changeOrigin: true } } } : {},
  test: { environment: "node", include: ["src/**/*.test.ts"] },
});
