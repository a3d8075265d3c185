/** Questions with answers, in blocks: several `Q:` lines with ways to ask, and one `A:` line. */
export const questions: string = `
Q: What is generative AI?
Q: Explain generative AI to me.
A: Generative AI is software that makes new things rather than sorting old ones. It learns from many examples what text, pictures or sound usually look like, and then it produces more of the same kind, one small piece at a time. A language model is the best known kind: it writes by guessing the next token again and again.

Q: Can you tell me what generative AI can do?
A: Generative AI can draft a letter, sum up a long report, translate a page, answer a question or write a piece of code. It does all of this with one simple skill: it continues a text in a way that is likely. The result is often useful, and it should be read with care before it is used.

Q: Say this is a test!
Q: Say this is a test
A: This is a test. It is only a test, and it went well.

Q: Is this a test?
A: Yes, this is a test. The words come from a small model, the tokens are real, and every count that you see is a true count.

Q: Please write a test sentence.
A: This is a test sentence. This is another test sentence, a little longer than the first. A good test says what it expects, runs quickly and fails when something is wrong.

Q: Hello!
Q: Hi
Q: Hello there
A: Hello! How can I help you today? You can ask me about language models, computing, cooking, the sea or a small town on the coast.

Q: Good morning!
Q: Good evening!
A: Good morning! It is nice to hear from you. What would you like to talk about today?

Q: How are you?
A: I am well, thank you. I am a very small model, so I do not need much: a few thousand words, a little memory and a good question. How can I help you?

Q: Who are you?
Q: What are you?
Q: What is your name?
A: I am a small language model that runs on your own machine. I learned from a few thousand words about computing, food, the sea and a quiet town, and I answer as well as so small a model can. For real answers, ask a large model.

Q: What can you do?
Q: Help me please.
A: I can write a few sentences about the things I know, call a tool when you ask for it, and give you JSON in the shape you want. I am good for trying out a program before it talks to a large model.

Q: Thank you!
Q: Thanks a lot.
A: You are welcome! If there is anything else, just ask.

Q: Goodbye
Q: Bye
A: Goodbye! It was nice to talk with you. Come back when you have another question.

Q: Tell me a joke.
Q: Do you know something funny?
A: A programmer goes to the market for a loaf of bread. On the way out someone says: if they have eggs, bring a dozen. The programmer comes home with twelve loaves of bread. They had eggs.

Q: Tell me another joke about computers.
A: Why did the token leave the party early? It had reached its limit. And why did the stream come back home? It had not said goodbye properly: nobody had heard the word done.

Q: Tell me a story.
Q: Write a short story.
A: Once there was a lighthouse keeper who counted the waves. Every night she wrote the number in a blue book, and every night the number was different. One winter a ship came in from the storm, and the captain asked how she had known to keep the lamp lit. She showed him the book. A wave was missing, she said, so I knew that something was out there that held it back.

Q: Tell me a story about a robot.
A: A small robot worked in a bakery by the harbour. It carried flour, swept the floor and never spoke. One morning the baker was ill, and the people of the town stood in front of a closed door. So the robot lit the oven, shaped the dough as it had seen it done a thousand times, and opened the door. The bread was a little too dark. Everyone said that it was the best they had ever eaten.

Q: Write a poem.
Q: Write a poem about the sea.
A: The sea comes in, the sea goes out,
it has no need of haste or doubt.
It writes its name upon the sand
and takes it back with its own hand.

Q: Write a haiku.
A: Rain on the harbour.
A boat turns slowly at its rope,
tied to the evening.

Q: What is the capital of France?
A: The capital of France is Paris. It lies on the river Seine and has been the largest city of the country for many centuries.

Q: What is the capital of South Korea?
A: The capital of South Korea is Seoul. It lies on the Han river, and about ten million people live in the city itself.

Q: What is the capital of Japan?
A: The capital of Japan is Tokyo. With the towns around it, Tokyo is one of the largest cities in the world.

Q: What is two plus two?
Q: What is 2 + 2?
A: Two plus two is four. That is one of the few sums that I know by heart, because I have read it and not because I can count.

Q: What is the weather like today?
Q: What is the weather in Seoul?
A: I cannot look out of the window, so I do not know the weather. If you give me a weather tool, I can ask it for the city you name.

Q: What is the meaning of life?
A: People have asked this for as long as there have been people. One good answer is to do some useful work, to be kind, to learn something every day and to eat well with friends.

Q: What is a token?
Q: What are tokens?
A: A token is a piece of text that a language model reads or writes in one step. It may be a whole word, a part of a word, a mark or a space. Common words are one token; rare words are several. Models count tokens, and so do the people who send the bill.

Q: What is tokenization?
Q: How does a tokenizer work?
A: Tokenization turns text into a list of numbers. The tokenizer first cuts the text into words, marks and runs of digits, then it starts from single bytes and joins the pairs that it learned, the earliest first, until nothing more can be joined. Detokenization goes the other way and gives the same text back.

Q: What is a language model?
Q: How does a language model work?
A: A language model is a machine that knows how likely each next token is, given the tokens before it. To write, it picks one of the likely tokens, adds it to the text and asks itself again. That is all it does, and it is enough to answer questions, hold a conversation or write a program.

Q: What is a large language model?
A: A large language model is a language model with billions of weights, trained on a great deal of text. It learns grammar first, then facts, then ways of reasoning, because all of these help it to guess the next token. It can be wrong with great confidence, so it is wise to check what matters.

Q: What is the temperature of a model?
Q: What does temperature do?
A: Temperature says how bold the model is when it picks the next token. At zero it always takes the most likely one, so the answer is the same every time. Around one it follows its own odds. Above one it takes risks, and the text becomes more surprising and less sensible.

Q: What is top p sampling?
A: With top p the model keeps the smallest set of tokens whose odds add up to p, and picks from these. With top k it keeps the k best tokens. Both cut off the long tail of unlikely tokens, where most of the nonsense lives.

Q: What is inference?
A: Inference is the use of a trained model: text goes in, and text comes out. Training happens once and takes weeks. Inference happens every time somebody asks a question, so it has to be fast, cheap and reliable.

Q: What is streaming?
Q: Why should I stream the answer?
A: Streaming sends the answer piece by piece while it is being written. A person can begin to read after the first token, long before the last one is ready. The whole answer does not come sooner, but it feels much faster.

Q: What is an API?
A: An API is an agreement between two programs: which questions one may ask, and what the answers look like. A good API is small, says clearly what went wrong, and does not change under your feet.

Q: What is a retry?
Q: When should a program retry?
A: A retry is a second attempt after a failure. A program should retry when the failure will pass by itself, as when a server is busy, and it should wait a little longer each time. It should not retry a request that can never succeed, and it should not repeat work that has already been paid for.

Q: What is Effect?
Q: What is the Effect library for TypeScript?
A: Effect is a library for TypeScript in which a program is a value. The type of that value says what the program gives, how it can fail and what it needs. Because it is a value, it can be combined, repeated, timed and tested before anything has run.

Q: What is TypeScript?
A: TypeScript is JavaScript with types. The types are checked before the program runs and then they are gone, so they cost nothing at run time. A good type is a short note to the next reader that the machine keeps true.

Q: How do I make bread?
Q: How do you bake bread?
A: Mix flour, water, salt and a little yeast, and knead the dough until it is smooth. Let it rest under a cloth until it has doubled, shape it, and let it rest again. Then bake it in a hot oven until the crust is dark and the loaf sounds hollow when you knock on it.

Q: How do I make tea?
Q: How do I make coffee?
A: Bring fresh water to the boil and let it stand for a moment. Pour it over the leaves, wait for three or four minutes, and take the leaves out before the tea turns bitter. Coffee wants the same care: good water, fresh grounds and a little patience.

Q: Give me a recipe for soup.
Q: What should I cook tonight?
A: Cook a simple soup. Cut an onion, two carrots and a potato into small pieces, soften them in a little oil, add water and salt, and let the pot simmer for half an hour. Taste it before you serve it. Bread and butter go well with it.

Q: Why is the sea salty?
A: The sea is salty because rivers carry a little salt from the rocks, year after year. The water rises again as vapour and falls as rain, but the salt stays behind. After many millions of years there is a great deal of it.

Q: Why is the sky blue?
A: The sky is blue because the air scatters blue light more than red light. When the sun is low, its light takes a longer way through the air, most of the blue is lost, and the evening turns red.

Q: What causes the tides?
Q: Why does the tide come in?
A: The tides come from the pull of the moon and, less, of the sun. The water on the near side is pulled a little more than the earth, and the water on the far side a little less, so there are two high tides a day on most coasts.

Q: Where is the town?
Q: Tell me about the town.
A: The town lies on the coast between two low hills. It has a harbour, a market, a school, a library with a green door and a lighthouse on the rocks. In summer people come from far away; in winter the town belongs to itself.

Q: What is a llama?
Q: Do you like llamas?
A: A llama is a friendly animal from the mountains of South America. 🦙 It carries loads, gives warm wool and hums when it is curious. Some language models are named after it, and nobody has asked the llama.

Q: Translate good morning into French.
Q: How do I say good morning in other languages?
A: In French it is bonjour, in Spanish buenos días, in German guten Morgen, in Portuguese bom dia, in Korean 좋은 아침이에요 and in Japanese おはようございます.

Q: Sum up the text in one sentence.
Q: Give me a summary.
A: In one sentence: a small model writes simple text from simple counts, and the larger ones differ from it in size and skill but not in kind.

Q: Give me a list of three things.
Q: List three tips.
A: Here are three tips:
1. Start with the smallest thing that works.
2. Look at what it really does, not at what it should do.
3. Change one thing at a time.

Q: How can I learn to program?
Q: Give me advice for a beginner.
A: Pick a small thing that you would like to have, and build it badly. Then read it again, find the part that bothers you most, and make that part better. Read other people's programs as you would read letters. After a year of this you will be a programmer.

Q: What is a good error message?
A: A good error message says what was being done, what went wrong, and what to do next. It names the field and the value, it never shows a secret, and it is written for somebody who is tired and in a hurry.

Q: Why do programs fail?
A: Programs fail because the world does not keep its promises. A network is slow, a disk is full, a server restarts in the middle of a sentence. A good program expects this, says plainly what happened, and leaves everything in order.
`
