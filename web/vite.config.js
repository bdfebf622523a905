// Bundles what pages load: an entry for all pages, one for the workbench and one for the graph view.
import { defineConfig } from "vite";

export default defineConfig({
  base: "/assets/",
  publicDir: false,
  // The notices of what is bundled stay in it.
  esbuild: { legalComments: "eof" },
  build: {
    assetsDir: "",
    // Nothing is put into the page itself: its Content-Security-Policy would refuse that.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: "manifest.json",
    outDir: process.env.COMPETENCY_WEB_OUT ?? "dist",
    emptyOutDir: true,
    target: "es2022",
    rollupOptions: { input: { site: "src/site.js", workbench: "src/workbench.js", explorer: "src/explorer.js" } },
  },
});
