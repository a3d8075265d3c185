import { expect, it } from "vitest"
import { releaseProblems } from "./releaseCheck.js"

const complete = {
  name: "sdk",
  version: "0.1.0",
  repository: { type: "git", url: "git+https://github.com/someone/sdk.git", directory: "packages/sdk" },
  homepage: "https://github.com/someone/sdk#readme",
  bugs: { url: "https://github.com/someone/sdk/issues" }
}

it("lets a package with all three fields pass", () => {
  expect(releaseProblems(complete, "packages/sdk")).toEqual([])
  expect(releaseProblems({ ...complete, bugs: "https://github.com/someone/sdk/issues" }, "packages/sdk")).toEqual([])
})

it("names each field that is missing or cannot be right, and the file", () => {
  const problems = releaseProblems({ name: "sdk", version: "0.1.0" }, "packages/sdk")
  expect(problems.map((problem) => /set (\w+) in packages\/sdk\/package\.json/.exec(problem)?.[1])).toEqual([
    "repository",
    "homepage",
    "bugs"
  ])
  expect(releaseProblems({ ...complete, repository: "someone/sdk" }, "packages/sdk")).toHaveLength(1)
  expect(
    releaseProblems(
      { ...complete, repository: { ...complete.repository, directory: "packages/other" } },
      "packages/sdk"
    )
  ).toEqual(['sdk: set repository.directory in packages/sdk/package.json to "packages/sdk".'])
  expect(releaseProblems({ ...complete, homepage: "sdk.example" }, "packages/sdk")).toHaveLength(1)
})
