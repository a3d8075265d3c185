import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    globalSetup: process.env["SETUP"] ?? "effect-friendli-emulator/vitest",
    include: ["*.spec.mjs"],
    pool: process.env["POOL"] ?? "forks",
    // the source of the emulator is TypeScript here
    server: { deps: { inline: [/effect-friendli/] } }
  }
})
