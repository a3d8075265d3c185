/**
 * Checks the types of Vue's templates: `vue-tsc` is a TypeScript compiler that also reads components. It extends a compiler that is written in
 * JavaScript, so the site has such a version in addition to the compiler of the workspace. It reads the declarations that `pnpm check` has made.
 */
import { createRequire } from "node:module"
import * as Path from "node:path"
import { run } from "vue-tsc"
import { site } from "./pages.js"

process.argv.push("--project", Path.join(site, "tsconfig.vue.json"))
run(createRequire(import.meta.url).resolve("typescript-of-vue/lib/tsc.js"))
