import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { listen } from "effect-friendli-emulator/NodeServer"
import { redirects } from "./redirects.js"
import { suite } from "./suite.js"

suite(FetchHttpClient.layer, await listen())
redirects(FetchHttpClient.layer)
