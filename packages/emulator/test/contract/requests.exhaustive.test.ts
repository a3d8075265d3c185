/**
 * Requests to the other deployments.
 */
import { deploymentTests } from "./requests.support.js"

deploymentTests(["dedicated", "container"])
