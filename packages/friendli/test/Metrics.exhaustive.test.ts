/**
 * Metrics of every other way to call.
 */
import { wholeTests } from "./Metrics.support.js"

wholeTests("others")
