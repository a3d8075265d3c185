/** The text that the model is trained on. It was written for this project, in plain English. */
export { models } from "./models.js"
export { places } from "./places.js"
export { questions } from "./questions.js"
