import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

import tailwind from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** Smaller files gain nothing from compression. */
const SMALLEST_COMPRESSED = 1024;

/** Puts a `.br` beside every text asset, so that the binary never compresses at run time. */
function brotli(): Plugin {
  let folder = "dist";
  return {
    name: "branchline-brotli",
    apply: "build",
    configResolved(config) {
      folder = join(config.root, config.build.outDir);
    },
    closeBundle() {
      for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
        if (!/\.(js|css|html|svg)$/.test(name)) continue;
        const bytes = readFileSync(join(folder, name));
        if (bytes.length < SMALLEST_COMPRESSED) continue;
        const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
        writeFileSync(join(folder, `${name}.br`), brotliCompressSync(bytes, { params }));
      }
    },
  };
}

/** In development the three pages answer for their routes, as the edge and the cloud do. */
function pages(): Plugin {
  return {
    name: "branchline-pages",
    configureServer(server) {
      server.middlewares.use((request, _response, next) => {
        const path = request.url?.split("?")[0] ?? "/";
        if (path === "/" || /^\/(pos|buy)(\/|$)/.test(path)) request.url = "/pos.html";
        else if (/^\/office(\/|$)/.test(path)) request.url = "/office.html";
        else if (/^\/shop(\/|$)/.test(path)) request.url = "/shop.html";
        next();
      });
    },
  };
}

// `EDGE` and `CLOUD` name the servers behind `npm run dev`; only one of them can own `/v1`.
const upstream = process.env["EDGE"] ?? process.env["CLOUD"] ?? "http://localhost:8090";

export default defineConfig({
  plugins: [pages(), react(), tailwind(), brotli()],
  appType: "mpa",
  server: { proxy: { "/v1": { target: upstream, ws: true } } },
  build: {
    target: "es2022",
    // The charts come in one lazy chunk of this size.
    chunkSizeWarningLimit: 600,
    assetsInlineLimit: 0,
    rollupOptions: { input: { pos: "pos.html", office: "office.html", shop: "shop.html" } },
  },
  test: { include: ["src/**/*.test.ts"] },
} as Parameters<typeof defineConfig>[0]);
