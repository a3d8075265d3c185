/**
 * The fields that every other answer may lack.
 */
import { operationTests } from "./answers.support.js"

operationTests("others")
