/**
 * Fails if a manifest of a published package lacks fields that only the owner of the repository can fill in: `pnpm release:check`, the first step of
 * a release.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import { publishedFolders } from "./published.js"
import { type Manifest, releaseProblems } from "./releaseCheck.js"

const root = Path.resolve(Path.dirname(fileURLToPath(import.meta.url)), "..")

const problems = publishedFolders.flatMap((folder) =>
  releaseProblems(JSON.parse(Fs.readFileSync(Path.join(root, folder, "package.json"), "utf8")) as Manifest, folder)
)
for (const problem of problems) console.error(problem)
if (problems.length > 0) {
  console.error(`\nnot ready for a release: ${problems.length} fields are the owner's to fill in`)
  process.exitCode = 1
} else {
  console.log("the manifests are ready for a release")
}
