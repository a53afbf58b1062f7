import { join } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** The server behind `vite`; a build is served by the server itself. */
const target = process.env.SLUICE_SERVER ?? "http://127.0.0.1:8480";

/** Their fonts are in the style sheet, for every script of the world: ours come when they are used. */
const withoutFonts: Plugin = {
  name: "without-fonts",
  enforce: "pre",
  transform: {
    filter: { id: /global-styles\/index\.css$/ },
    handler: (css) => css.replace(/@font-face\s*\{[^}]*\}/g, ""),
  },
};

/** The routes' schemas are the server's to check by: see there. */
const withoutSchemas: Plugin = {
  name: "without-schemas",
  enforce: "pre",
  resolveId: {
    filter: { id: /^zod$/ },
    handler: (_, importer) =>
      importer !== undefined && /\/packages\/api\/src\//.test(importer)
        ? join(import.meta.dirname, "no-schemas.ts")
        : undefined,
  },
};

export default defineConfig({
  root: import.meta.dirname,
  plugins: [withoutFonts, withoutSchemas, react()],
  build: {
    target: "es2023",
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1000,
    reportCompressedSize: false,
    // Asked for by name from tests and measurements.
    manifest: true,
  },
  server: {
    host: "127.0.0.1",
    proxy: {
      "/api": {
        target,
        changeOrigin: true,
        ws: true,
        // The server takes changes from its own address only.
        headers: { origin: target },
      },
    },
  },
});
