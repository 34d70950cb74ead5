import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

// Everything is served by the product itself under a policy that allows no inline script or style, so
// nothing is inlined: no data: scripts, no polyfill snippet in the page.
export default defineConfig({
  plugins: [svelte()],
  base: "/",
  worker: { format: "es" },
  build: {
    outDir: process.env.ONEKEY_CONSOLE_OUT ?? "../_console",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
    license: true,
  },
  server: { proxy: { "/api": process.env.ONEKEY_URL ?? "http://127.0.0.1:8080" } },
});
