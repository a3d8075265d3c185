import { expect, it } from "vitest"
import { publicModules, resolve } from "./exports.js"

const exports = {
  ".": "./src/index.ts",
  "./package.json": "./package.json",
  "./index": null,
  "./core/*": null,
  "./Operation": "./src/core/Operation.ts",
  "./testing": "./src/testing/index.ts",
  "./testing/*": null,
  "./schema/*": "./src/schema/*.ts",
  "./*": "./src/*.ts"
}

it("takes the exact name before a pattern, and the longer pattern before the shorter one", () => {
  expect(resolve(exports, "./Chat")).toBe("./src/Chat.ts")
  expect(resolve(exports, "./Operation")).toBe("./src/core/Operation.ts")
  expect(resolve(exports, "./schema/Usage")).toBe("./src/schema/Usage.ts")
  expect(resolve(exports, "./testing")).toBe("./src/testing/index.ts")
  expect(resolve(exports, "./testing/Wire")).toBeNull()
  expect(resolve(exports, "./core/Operation")).toBeNull()
  expect(resolve(exports, "./index")).toBeNull()
  expect(resolve({ "./Chat": "./src/Chat.ts" }, "./Audio")).toBeNull()
})

it("lists what can be imported", () => {
  const files = [
    "src/Chat.ts",
    "src/index.ts",
    "src/core/Operation.ts",
    "src/core/secret.ts",
    "src/schema/Usage.ts",
    "src/testing/index.ts",
    "src/testing/Wire.ts"
  ]
  expect(publicModules("sdk", exports, files)).toEqual([
    { specifier: "sdk", file: "src/index.ts" },
    { specifier: "sdk/Chat", file: "src/Chat.ts" },
    { specifier: "sdk/Operation", file: "src/core/Operation.ts" },
    { specifier: "sdk/schema/Usage", file: "src/schema/Usage.ts" },
    { specifier: "sdk/testing", file: "src/testing/index.ts" }
  ])
})
