import type OpenAI6 from "openai"
import OpenAI from "openai7"
import { over } from "./openai-client.js"

// What is called here is the same in both; the classes differ in name for the compiler, as classes with private fields do.
export const make = over((options) => new OpenAI(options) as unknown as OpenAI6)
