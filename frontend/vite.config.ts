/** The front end's build: hashed files and a manifest, put where Django finds them (git-ignored). */
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  base: "/static/built/",
  plugins: [react()],
  build: {
    outDir: "../src/keskio/web/static/built",
    emptyOutDir: true,
    manifest: "manifest.json",
    assetsInlineLimit: 0, // the Content-Security-Policy allows no data: addresses
    modulePreload: { polyfill: false },
    target: "es2022",
    rolldownOptions: {
      input: ["src/site.ts", "src/islands/dialogue-flow.tsx", "src/islands/inbox-keys.ts"],
    },
  },
  test: { include: ["src/**/*.test.ts"] },
});
