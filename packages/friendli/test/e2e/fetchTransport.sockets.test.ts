import * as FetchTransport from "effect-friendli/FetchTransport"
import { listen } from "effect-friendli-emulator/NodeServer"
import { redirects } from "./redirects.js"
import { suite } from "./suite.js"

suite(FetchTransport.layer, await listen())
redirects(FetchTransport.layer)
