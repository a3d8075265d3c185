import { make } from "../src/contenders/ours-undici.js"
import { suite } from "./suite.js"

suite(make(), ({ anyLayer }) => anyLayer !== true)
