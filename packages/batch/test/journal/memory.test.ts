import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Journal from "../../src/Journal.js"
import { journalContract } from "./contract.js"

// one journal for the whole test: closing it would forget everything
journalContract("memory", Effect.map(Layer.build(Journal.layerMemory), Layer.succeedContext), { locks: false })
