/**
 * The sentences that answers are composed of: a table. `{T}` stands for the subject, `{Tc}` for the subject with a capital. They are true for nearly
 * every subject, so that an answer reads well and stays on the subject without any knowledge of it.
 */

/** A part of an essay: its heading and its sentences. */
export interface Section {
  readonly heading: string
  readonly sentences: ReadonlyArray<string>
}

const lines = (text: string): ReadonlyArray<string> => text.trim().split("\n")

/** The parts of an essay in their order. */
export const sections: ReadonlyArray<Section> = [
  {
    heading: "Introduction",
    sentences: lines(`
When people talk about {T}, they often mean several things at once, so it helps to begin with the plain meaning.
{Tc} is easier to understand when it is divided into small parts that can be looked at one by one.
There are good reasons to take a closer look at {T}: it touches daily work, and it is often explained badly.
This text goes from the general to the particular, and comes back to {T} as a whole at the end.
A short answer would be enough for most days, but a longer one shows why the short answer is right.`)
  },
  {
    heading: "Background",
    sentences: lines(`
Nothing about {T} appeared all at once; each step answered a question that the step before had left open.
In the beginning there was a simple need, and {T} was one of several ways to meet it.
Early attempts were slow and fragile, and they taught what mattered: clear limits, small steps and careful records.
With time the useful part remained, and what had only been fashion was forgotten.
The names changed more often than the ideas, which is why older descriptions of {T} still make sense today.`)
  },
  {
    heading: "How it works",
    sentences: lines(`
At its core, {T} depends on a few rules that are applied again and again.
First something is observed, then it is compared with what was expected, and then a decision follows.
Each part does one thing, and the parts meet at places where they can be checked.
The order of the steps matters more than their speed, because an early mistake is carried into everything that follows.
Once the usual case is clear, the exceptions of {T} are much easier to explain.`)
  },
  {
    heading: "Where it matters",
    sentences: lines(`
In practice, {T} matters most where many people depend on the same result.
A small team notices the effect within days, a large organization within a quarter.
It also matters at home: the same habits that help with {T} help with plans, budgets and recipes.
Teachers like the subject because a good example fits on one page.
Where nobody measures anything, {T} is often blamed or praised for things that have other causes.`)
  },
  {
    heading: "Strengths",
    sentences: lines(`
The greatest strength of {T} is that it can be explained, tried and improved in small steps.
It makes hidden costs visible, and what is visible can be discussed.
Those who know {T} well need fewer tools than they expected.
Good results can be repeated, which builds trust on all sides.
It combines well with other methods, since it asks for little and leaves much open.`)
  },
  {
    heading: "Limits",
    sentences: lines(`
Of course, {T} has limits, and it is honest to name them early.
It needs time at the beginning, when there is usually the least of it.
What cannot be observed cannot be improved, and some parts of {T} are hard to observe.
A rule that helps in one place can do harm in another, so copying without thinking is the most common mistake.
Experts disagree about the details, and both sides have good examples.`)
  },
  {
    heading: "An example",
    sentences: lines(`
Imagine two people who begin with {T} on the same day.
The first one reads everything before the first attempt; the second one tries something small in the first hour.
After a week the second one has made more mistakes, has written them down, and can ask better questions.
After a month both know the same facts, but only one of them knows which facts are needed.
The example is simple, and it shows what most reports about {T} have in common.`)
  },
  {
    heading: "Common mistakes",
    sentences: lines(`
The first mistake is to treat {T} as a goal, although it is a means.
The second mistake is to change many things at once, so that nobody can say which change helped.
The third mistake is silence: problems with {T} grow when they are not spoken about.
It also happens that old advice is followed for years after its reason has gone.
All of these mistakes are cheap at the start and expensive later.`)
  },
  {
    heading: "People",
    sentences: lines(`
Behind every success with {T} there are people who listened before they decided.
Beginners see what experts no longer notice, so their questions are worth more than they think.
It helps to have one person who keeps the whole in view and others who know the parts.
Praise for careful work does more for {T} than another set of rules.
Where people may say that they do not know, they learn quickly.`)
  },
  {
    heading: "What comes next",
    sentences: lines(`
Nobody can say exactly how {T} will look in ten years, but the direction is visible.
Simple tasks will be done by machines, and the judgement about them will remain with people.
More will be measured, and it will be harder to choose what to look at.
New tools will make {T} faster, and a few of them will also make it better.
The basic questions will stay the same, which makes the time spent on them a good investment.`)
  }
]

/** The last part of an essay. */
export const conclusion: Section = {
  heading: "Conclusion",
  sentences: lines(`
In the end, {T} rewards patience more than talent.
It is worth knowing the main idea, one good example and two or three limits.
Whoever has these can go on alone, and can tell good advice about {T} from bad.`)
}

/** How a short answer begins. */
export const openings: ReadonlyArray<string> = lines(`
With {T}, the purpose comes first: what it is for decides how it is done.
In short, {T} is about doing a few simple things in the right order.
Small details decide more than big plans, and that is the main thing to know about {T}.
A few simple ideas stand behind {T}, and they become useful together.`)

/** How a short answer ends. */
export const closings: ReadonlyArray<string> = lines(`
If you tell me more about what you need, I can go into detail.
A good next step is to try it with a small example.
That is the short version; each part could be a subject of its own.
With this in mind, the rest of {T} falls into place.`)

/** Items of a list, each with a short title. */
export const items: ReadonlyArray<readonly [title: string, text: string]> = [
  ["Start small", "choose one part of {T} that fits into an hour"],
  ["Know the goal", "write down in one sentence what {T} should achieve"],
  ["Look at an example", "one good example of {T} teaches more than ten rules"],
  ["Measure first", "note how things are before you change anything"],
  ["Change one thing at a time", "only then you can tell what helped"],
  ["Ask somebody", "an hour with a person who knows {T} saves a day of reading"],
  ["Keep notes", "what surprised you today is what you will need again"],
  ["Check the limits", "find out early where {T} does not help"],
  ["Plan for mistakes", "decide beforehand how you will notice and undo them"],
  ["Repeat", "do it again next week, and compare both results"],
  ["Share the result", "explaining {T} to somebody shows what you have understood"],
  ["Take a break", "a fresh look finds what a tired one misses"]
]

/** Steps of a task. */
export const steps: ReadonlyArray<string> = lines(`
Decide what the result should look like, and how you will recognize it.
Get everything ready that you need, so that you do not have to stop in the middle.
Begin with the smallest part that makes sense on its own.
Check the result of this part before you go on.
Add the next part, and check again.
Compare the whole with what you wanted in the beginning.
Correct what is not right yet, the most important thing first.
Clean up, and write down what you would do differently next time.`)

/** The lines of a table about one subject: aspect and description. */
export const aspects: ReadonlyArray<readonly [aspect: string, description: string]> = [
  ["Purpose", "what {T} is meant to do"],
  ["First step", "a small trial with one example"],
  ["Strength", "clear, repeatable, easy to explain"],
  ["Limit", "takes time at the beginning"],
  ["Cost", "low at first, higher with every exception"],
  ["Best for", "people who like to work in small steps"],
  ["Risk", "copying advice without checking it"],
  ["Next step", "compare the result with the goal"]
]

/** How several things compare, in the cells of a table. */
export const comparisons: ReadonlyArray<readonly [aspect: string, values: ReadonlyArray<string>]> = [
  ["Purpose", ["everyday use", "special tasks", "large projects", "quick trials"]],
  ["Strength", ["simple to start", "flexible", "reliable", "fast"]],
  ["Limit", ["fewer options", "needs practice", "takes time", "costs more"]],
  ["Cost", ["low", "medium", "high", "varies"]],
  ["Best for", ["beginners", "experts", "teams", "individuals"]]
]

/** Stanzas about a subject. */
export const stanzas: ReadonlyArray<string> = [
  "I thought of {T} when the day was new,\nthe grass was silver, wet with dew;\na quiet word, a simple thing,\nthat makes the smallest corner sing.",
  "It asks for little, gives us much,\na friendly light, a gentle touch;\nand when the evening turns to blue,\n{T} is a thought that sees us through.",
  "The harbour sleeps, the lamps are low,\nthe tides will come, the tides will go;\nyet what we learned we keep in mind,\nand leave the hurried hours behind.",
  "So here is {T}, without a frown,\nin winter coat or summer gown;\nand if tomorrow brings us rain,\nwe start from here and sing again."
]

/** Sentences of a story about a subject, in their order. */
export const storyLines: ReadonlyArray<string> = lines(`
Once upon a time, in a small town by the sea, there lived a girl named Mina who thought about {T} every day.
People smiled at her, for nobody in the town had ever seen anything come of it.
One morning a storm closed the harbour, and the old lighthouse went dark.
While everybody else was looking for the key, Mina remembered what she had learned about {T}.
She took a lamp, a rope and her blue notebook, and climbed the wet stairs alone.
At the top she found the mistake: it was a very small one, and only somebody with patience would have seen it.
When the light came back, three boats turned towards the harbour, and the whole town stood on the pier.
From that day on nobody smiled about {T} any more, and Mina got a notebook with a hundred empty pages.`)
