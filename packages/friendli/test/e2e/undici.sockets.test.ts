import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { listen } from "effect-friendli-emulator/NodeServer"
import { suite } from "./suite.js"

suite(NodeHttpClient.layerUndici, await listen())
