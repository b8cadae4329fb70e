import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// `HEADWATER` is where the development server finds the API (npm run dev).
const server = process.env.HEADWATER ?? "http://127.0.0.1:5050";

export default defineConfig({
  plugins: [react()],
  build: { target: "es2022", emptyOutDir: true, reportCompressedSize: false, assetsInlineLimit: 0 },
  worker: { format: "es" },
  server: {
    // As objects: a bare address would change the Host header, and the server takes what pages of another
    // origin post for foreign (docs/UI.md).
    proxy: {
      "/graphql": { target: server, ws: true },
      "/api": { target: server },
      "/schema.graphql": { target: server },
    },
  },
});
