import * as FetchTransport from "effect-friendli/FetchTransport"
import type { Contender } from "../Contender.js"
import { over } from "./ours.js"

export const make = (): Contender => over("ours-fetch-transport", "ours on FetchTransport", FetchTransport.layer)
