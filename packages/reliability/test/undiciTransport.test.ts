import { make } from "../src/contenders/ours-undici-transport.js"
import { suite } from "./suite.js"

suite(make(), ({ anyLayer }) => anyLayer !== true)
