import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { suite } from "./suite.js"

suite(NodeHttpClient.layerUndici, true)
