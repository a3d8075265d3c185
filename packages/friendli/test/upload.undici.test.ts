import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { suite } from "./uploadSuite.js"

suite(NodeHttpClient.layerUndici, true)
