/** Builds two pages: the operator's console and the worker's page. */
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  base: "./", // the centre writes its base path into the addresses of the pages
  plugins: [react()],
  build: {
    target: "es2022",
    rolldownOptions: { input: { console: "index.html", phone: "phone.html" } },
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
  },
  server: { proxy: { "/v1": "http://127.0.0.1:8080" } },
  test: { include: ["src/**/*.test.ts"] },
});
