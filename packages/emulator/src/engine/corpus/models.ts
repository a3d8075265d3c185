/** Prose about language models and computing. */
export const models: string = `
A language model is a machine that knows how likely each next token is. Give it the beginning of a sentence and it answers with a long list of numbers, one for every token it knows. Most of these numbers are close to zero. A few are not, and among those few lies the rest of the sentence. To write, the model picks one of them, adds it to the text, and begins again.

The oldest language models only counted. They read a great many books and noted how often one word followed another. After the word good they had often seen the word morning, and so good was followed by morning. Such a model is called an n-gram model, because it looks at the last few words and at nothing else. It is easy to build, it is fast, and it forgets what it said a moment ago.

An n-gram model with a long memory has a problem: most long sequences of words have never been seen before. So the model backs off. It asks first for the last three words, then for the last two, then for one, and mixes the answers. The more often it has seen the words before, the more it trusts what came after them. Nothing in this is magic, and yet the sentences sound almost right.

Large language models do not count. They learn a vector for every token and a way to mix these vectors with attention, so that each token can look back at all the tokens before it. The same small step is repeated in many layers. In the end the vector of the last token is compared with every token of the vocabulary, and the comparison gives the odds of the next one. The principle is old, the size is new.

Training a model means showing it text and asking it, at every place, for the next token. Where it was wrong, its weights are moved a little, so that it would be less wrong the next time. This is done many billions of times. Nobody tells the model what a verb is or where Paris lies. It finds out, because it helps.

Text must become numbers before a model can read it. A tokenizer cuts it into tokens, and each token has a number. Short and common words are one token: the, and, sea, bread. A long or rare word is cut into several: a name, a chemical, a word in a language that was rare in the training text. An emoji such as 🦙 may even be cut in the middle, so that no single token of it is a character at all.

The number of tokens matters for two reasons. The model can only look back over so many of them, which is called its context, and the work grows with every token that is read or written. Reading is cheap, because all tokens of a prompt can be read at once. Writing is slow, because each token has to wait for the one before it.

A server that runs a model for many people does not serve them one after another. It puts their requests into one batch and writes a token for each of them in every step. When one answer is finished, a waiting request takes its place in the batch at once. In this way a costly machine is never idle, and nobody waits for the longest answer.

What the model has read does not have to be read again for each new token. The keys and values of earlier tokens are kept in memory, and this memory is often the true limit of a server. Clever servers cut it into small blocks, share the blocks between requests that begin with the same words, and give each block back as soon as the answer is done.

Sampling is the art of picking one token from the odds. The greedy way takes the best token every time; it is steady, a little dull, and apt to repeat itself. With a temperature above zero the model rolls dice. To keep the dice honest, the unlikely tokens are cut off first: by number, by the sum of their odds, or by how far they are behind the best one.

A model that repeats itself can be helped. A penalty lowers the odds of every token that has already been used, once for being used at all, or more for each time it was used. A small penalty makes the text livelier. A large one forces the model to avoid even the and of, and then the text falls apart.

Some requests want a text in a fixed shape: a JSON object with certain fields, or a string that matches a pattern. The server then forbids at every step all tokens that would break the shape. The model chooses freely among those that are left. The answer is always well formed, though it is not always wise.

A tool is a function that a model may ask for. The request describes the function and its arguments, and the model answers with a name and a JSON object instead of a sentence. The program calls the function, adds the result to the conversation and asks the model again. The model itself never runs anything. It only asks, politely and in JSON.

A log probability is the logarithm of a chance. A token that is certain has the log probability zero, and everything less certain is below zero. Adding the log probabilities of all tokens of a sentence tells how likely the model finds the sentence as a whole. It is a way to look into the machine while it works.

A stop string ends an answer early. As soon as the text contains it, the server stops and hands out what came before. This sounds easy and is not, because the stop string may begin in one token and end in another. A careful server holds back the last few letters until it is sure that they are not the beginning of the end.

A seed makes chance repeatable. The dice of a computer are not real dice: they are a long list of numbers that only looks random, and the seed says where the list begins. With the same seed, the same prompt and the same settings, a model gives the same text. That is a great help when something has to be tested.

A stream is an answer that comes in pieces. The server writes a line for every few tokens, the client reads the lines as they come, and the person at the screen reads along. If the line is cut in the middle, the client must notice. An answer that ends without its last line is not finished, however good it sounds.

Caching is remembering an answer so that the question does not have to be asked again. It makes fast things of slow things, and it brings one hard problem: to know when the old answer is no longer true. Most programs that are fast remember something. Most programs that are wrong remember it for too long.

A queue is a line of work that waits. When work comes faster than it can be done, the line grows, and everything in it gets older. A good system measures the length of the line and says no early. A bad one says yes to everybody and keeps its word to none.

Time is the hardest part of any program that talks to another one. How long should it wait for the first byte? How long for the next? A clock for the connection, a clock for the silence between two pieces and a clock for the whole call are three different clocks, and a good client can tell which of them rang.

A type is a promise about a value. When the promises are written down, a machine can check that they fit together, before the program has run even once. The best types are small and say exactly what can be there. A type that allows everything promises nothing.

A test is a small story with a known end. It sets a scene, lets something happen and compares the end with the one it expected. A test that cannot fail is no test. A test that fails at random is worse than none, because people learn to look away.

Software ages, though nothing in it wears out. The world around it moves: a library changes, a service is renamed, a rule that was true for ten years is suddenly false. Good software is easy to change, and that is the only way in which it can stay good.

A computer does only a few things. It moves numbers, adds and compares them, and jumps to another place in its program. Everything else is built from these, layer upon layer, and each layer hides the one below it. When a program is slow or wrong in a strange way, it is often because a layer did not hide quite well enough.

Memory is near or far. A number that the processor has just used can be read again at once. A number in main memory takes a hundred times longer, and a number on the other side of a network takes a million times longer. Fast programs keep near what they will need soon. Slow programs go out for every single number, like a cook who walks to the market for each egg.

Randomness in a program should come from one place, and that place should be given a seed. Then a strange result can be seen again, examined and understood. A program that rolls its own dice in ten corners can never be asked to repeat itself.

The first version of anything teaches you what the second should have been. Keep the first one small, so that you do not mind throwing it away. Keep notes on what surprised you, since the surprises are what you paid for.

Names are the cheapest tool a programmer has. A good name tells the reader what a thing is for, and a bad one tells a small lie each time it is read. When you cannot find a good name, the thing itself is often not yet clear.

An embedding is a list of numbers that stands for a piece of text. Two texts that mean nearly the same have embeddings that lie close together, even if they share no word. To search a library of a million pages, one compares the embedding of the question with the embedding of each page and reads the nearest few. The model then answers with these pages open in front of it.

A model is not a book of facts. It has read about many facts and remembers them as one remembers a melody: mostly right, sometimes with a wrong note, and always with the same confidence. When an answer matters, give the model the source and ask it to stay with that source.

Measuring a model is harder than it sounds. A test that everybody knows has usually been read by the model during training. A test that nobody knows cannot be compared with anything. The honest way is to collect a hundred questions from your own work, write down good answers, and look at what each model says. It takes a day and it is worth it.

Small models have their place. They run on a telephone or on an old laptop, they answer at once, and nothing leaves the room. For sorting letters, finding a name in a text or checking whether a sentence is polite, a small model is enough. It is good to ask for the smallest thing that works.

The name of a model says little. The weights, the tokenizer, the template that turns a conversation into tokens and the settings of the sampler together make the answer. Change any one of them and the answer changes. Somebody who wants the same answer twice has to keep all four of them.
`
