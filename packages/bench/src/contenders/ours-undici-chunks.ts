import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { overByChunks } from "./ours.js"

export const make = overByChunks(NodeHttpClient.layerUndici)
