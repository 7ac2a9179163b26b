import { paraglideVitePlugin } from "@inlang/paraglide-js";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import { defineConfig } from "vitest/config";

import { contentSecurityPolicy } from "./scripts/csp.js";

export default defineConfig(({ mode }) => ({
  plugins: [
    // Tests find the messages compiled: its watcher would keep them from ending.
    !process.env["VITEST"] &&
      paraglideVitePlugin({
        project: "./project.inlang",
        outdir: "./src/lib/paraglide",
        strategy: ["globalVariable", "baseLocale"],
      }),
    svelte(),
    svelteTesting(),
  ],
  base: "./",
  // Tauri watches this folder itself; the page never asks for another address than its own.
  clearScreen: false,
  server: { port: 5173, strictPort: false, host: "127.0.0.1" },
  preview: { host: "127.0.0.1", headers: { "Content-Security-Policy": contentSecurityPolicy } },
  build: {
    // The oldest web views that Tauri runs in: WebKitGTK of Debian 12, Safari of macOS 12, a current WebView2.
    target: ["es2022", "safari15", "chrome111"],
    outDir: mode === "mock" ? "dist-mock" : "dist",
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  test: {
    reporters: ["default", ["junit", { outputFile: "node_modules/.reports/logic.xml" }]],
    environment: "jsdom",
    include: ["src/**/*.test.ts"],
  },
}));
