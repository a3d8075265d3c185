import * as UndiciTransport from "effect-friendli/UndiciTransport"
import type { Contender } from "../Contender.js"
import { over } from "./ours.js"

export const make = (): Contender => over("ours-undici-transport", "ours on UndiciTransport", UndiciTransport.layer)
