import { make } from "../src/contenders/ours-fetch-transport.js"
import { suite } from "./suite.js"

suite(make(), ({ anyLayer }) => anyLayer !== true)
