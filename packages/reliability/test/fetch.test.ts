import { make } from "../src/contenders/ours-fetch.js"
import { suite } from "./suite.js"

suite(make())
