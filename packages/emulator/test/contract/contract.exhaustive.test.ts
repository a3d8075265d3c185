/**
 * The golden vectors of the other deployments.
 */
import { vectorTests } from "./contract.support.js"

vectorTests(["dedicated", "container"])
