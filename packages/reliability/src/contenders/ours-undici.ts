import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import type { Contender } from "../Contender.js"
import { over } from "./ours.js"

export const make = (): Contender => over("ours-undici", "ours on undici", NodeHttpClient.layerUndici)
