/**
 * Checks the types of Vue's templates: `vue-tsc` is a compiler of TypeScript that reads components as well. It extends one that is written in
 * JavaScript, so the site has such a version beside the compiler of the workspace. Packages are read as `pnpm check` has declared them.
 */
import { createRequire } from "node:module"
import * as Path from "node:path"
import { run } from "vue-tsc"
import { site } from "./pages.js"

process.argv.push("--project", Path.join(site, "tsconfig.vue.json"))
run(createRequire(import.meta.url).resolve("typescript-of-vue/lib/tsc.js"))
