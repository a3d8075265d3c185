/**
 * The golden vectors of the other deployments.
 */
import { vectorTests } from "./responses.support.js"

vectorTests(["dedicated", "container"])
