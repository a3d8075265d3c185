/** Files over undici, which tells stores the length of a stream. In a file of its own: npm's undici changes how Node's fetch treats cut bodies. */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { describe } from "@effect/vitest"
import * as UndiciTransport from "effect-friendli/UndiciTransport"
import { suite } from "./management/files.suite.js"

describe("over undici", () => {
  suite(NodeHttpClient.layerUndici)
})

describe("over UndiciTransport", () => {
  suite(UndiciTransport.layer)
})
