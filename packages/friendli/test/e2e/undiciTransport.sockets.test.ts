import * as UndiciTransport from "effect-friendli/UndiciTransport"
import { listen } from "effect-friendli-emulator/NodeServer"
import { suite } from "./suite.js"

suite(UndiciTransport.layer, await listen())
