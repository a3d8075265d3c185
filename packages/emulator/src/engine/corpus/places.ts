/** Prose about cooking, the sea and a town, with short dialogues. */
export const places: string = `
Bread needs four things: flour, water, salt and time. The first three can be bought. Mix them in a bowl, add a spoon of yeast, and knead the dough until it is smooth and no longer sticks to the hand. Then leave it alone. A dough that has rested for a night tastes better than one that was hurried, and it asks for no more work.

To make a simple soup, begin with an onion. Cut it into small pieces and let it soften slowly in a little oil, until the kitchen smells sweet. Add two carrots, a potato and a stick of celery, cover everything with water, and let it simmer for half an hour. Salt it at the end and taste it as you go. Every good soup begins with patience and an onion.

Salt is the first spice and the last. Too little and the dish tells you nothing, too much and it tells you nothing else. Add it in small amounts, early and late, and taste in between. A good cook does not measure salt but listens to the pot.

Rice is easy when it is left in peace. Wash it until the water is clear, put it into a pot with a little more water than rice, bring it to the boil and cover it. Turn the heat down as low as it goes. After a quarter of an hour take the pot from the fire and do not lift the lid for ten minutes more.

The best fish is cooked the least. Dry it well, put salt on both sides, and lay it in a hot pan with the skin down. Do not move it. When the edges are white, turn it once, count to thirty, and take it out. A little lemon, a little butter, and the sea is on the table.

An egg is a test of attention. Put it into boiling water and take it out after six minutes, and it is soft; after nine minutes it is firm; after twelve it is a stone with a yellow heart. Cold water stops the clock. Many people who can cook a feast cannot boil an egg, because they have never stood beside the pot.

Coffee at the café in the market square is strong and comes in small cups. The owner, Mrs Léa Arnaud, roasts the beans herself on Thursdays, and on Thursdays the whole street smells of it. People who do not drink coffee come on Thursdays too. They say that they come for the newspaper.

Tomatoes want sun and a little thirst. If they are given too much water, they grow large and taste of nothing. Pick them when they are warm, cut them thick, and give them oil, salt and a leaf of basil. That is a whole dinner in August, with the window open and bread on the table.

The sea is never quite still. Even on a calm day, when it lies there like glass, it rises and falls a little, as if it were asleep. The water that breaks on the beach today was far out in the ocean a week ago. It brings wood, rope, a shoe, a bottle, and once, the children say, it brought a piano.

Waves are made by the wind. It pushes at the water, makes a small ripple, and then it has something to hold on to. The longer it blows and the farther it can run, the higher the waves become. A wave can cross a whole ocean after the wind that made it has died, and nobody on the beach knows what storm they are looking at.

Twice a day the tide comes in, and twice a day it goes out again. It is pulled by the moon, which is far away and has never seen the harbour. The fishermen know the hours by heart. A boat that leaves too late has to wait six hours on the mud, and everybody in the town can see it waiting.

Below two hundred metres the sea is dark. Some fish there carry their own light, blue and green, to find food or each other. Others have given up their eyes. It is cold and quiet, and from above there falls a slow snow of small dead things, on which a whole world lives.

The lighthouse stands on the rocks at the end of the bay. It flashes twice, waits for ten seconds, and flashes twice again, so that every ship knows which lighthouse it is. There has been no keeper for thirty years. The lamp turns itself on in the evening, but the old keeper still walks out on Sundays to see whether it does.

Salt water gets into everything. It rusts the hinges of the doors, it whitens the wood of the boats, and it is in the bread and in the laundry. People who grew up by the sea do not notice it. They notice it when they have gone away, in some dry city, and something is missing from the wind.

A harbour is a promise to somebody who is still out there. It keeps a light on and a place free. In the winter storms, when nothing can come in for days, the harbour master goes down every evening and looks out, although there is nothing to see. Somebody should, he says.

The gulls own the town. They stand on the roofs and comment on everything in loud voices, they know when the school has its break, and they can tell a sandwich from a newspaper at a hundred metres. A visitor is told to hold on to his bread. He laughs, and then he has no bread.

The town lies on the coast between two low hills. About four thousand people live in it, more in summer and fewer in a bad year. There is one main street, which begins at the station and ends at the water, and everything that happens in the town happens somewhere along it. The rest are gardens, and cats.

On Saturdays there is a market on the square in front of the town hall. Farmers come down from the hills with cheese, honey, apples and eggs, and the fishermen sell what they caught in the night. By noon the best things are gone. By two o'clock there is nobody there but a man with a broom and a great many pigeons.

The library has a green door and is open on four days of the week. It has nine thousand books and one librarian, who has read more of them than she admits. If you ask her for a book, she looks at you for a moment and brings you another one. It is nearly always the right one.

The school is on the hill, so the children are late in the mornings and early in the afternoons. From the classroom on the upper floor one can see the ships. The teacher has turned the desks to face the other way, but there is a picture of the sea on that wall, and it does not help.

The train comes three times a day. It is a small train, two carriages, and it stops wherever somebody waves. In the evening it brings back the people who work in the city. They get out, breathe in, and for a moment nobody speaks. Then they all look for their bicycles.

The clock on the town hall is four minutes fast. It has been so for as long as anybody can remember, and everybody knows it, so that nobody has ever missed the train because of it. Once a new mayor had the clock set right. For a week the whole town was late.

In winter the town belongs to itself. The hotels are closed, the boats lie upside down on the beach, and the wind walks up and down the main street like a policeman. In the evenings the windows are yellow. People visit each other, play cards, mend nets and say what they think of the summer.

Every year in June there is a feast for the boats. They are painted in new colours, hung with flags, and blessed by the priest, who is afraid of the water and does it from the pier. Then they race around the island and back. The winner gets a wooden fish, which is older than anybody there and has been won by mistake at least twice.

The doctor lives above the pharmacy, which is practical for everyone. She came for one summer twenty years ago. When she is asked why she stayed, she says that on the first day somebody brought her a bowl of soup and asked for nothing, and that she is still waiting to find out what they wanted.

"Is it going to rain?" asked the boy. "It always does," said the fisherman. "But today?" "Today it is going to rain after lunch." The boy looked at the sky, which was blue from one end to the other. After lunch it rained.

"What are you reading?" she asked. "A book about the sea," he said. "But you have the sea right there." "Yes," he said, "but the book explains it." She sat down next to him and they both looked at the water for a while. It did not explain anything.

"How much is the bread?" asked the visitor. "That depends," said the baker. "On what?" "On whether you want it today." The visitor thought about it. "I want it today," he said. "Then it is three coins," said the baker. "Tomorrow it is one, but tomorrow it is yesterday's bread."

"Does this machine think?" asked the girl. "It guesses the next word," said her aunt. "And then?" "And then it guesses the next one." The girl was silent for some time. "So do I," she said, "but I know when I am finished." "That," said her aunt, "is the difficult part."

"I have a question," said the student. "Only one?" asked the teacher. "One big one. How do I know that my program is right?" "You do not," said the teacher. "You know that it has not been wrong yet. So you keep asking it, in as many different ways as you can think of, and you keep the questions."

"This is a test," said the voice on the radio. "This is only a test." The old man put down his cup and listened. "It is always a test," he said to the dog. The dog, who had heard it before, went on sleeping.

"Why do you count the waves?" asked the captain. "Somebody should know how many there were," said the keeper. "And how many were there?" She opened the blue book. "Eight thousand six hundred and forty," she said, "and one that I am not sure about."

A walk around the bay takes two hours if you do not stop, and nobody has ever done it in two hours. First there is the harbour, where something is always being unloaded. Then come the rocks, where the children look for crabs. Then the long beach, and the lighthouse, and at last the bench at the end of the path, where you sit down and forget the time.

In the garden behind the library stands a pear tree that is said to be two hundred years old. It gives small hard pears, which nobody can eat, and a great deal of shade, which everybody can. In summer the librarian carries her table outside. The books get pale in the sun, and so far nobody has complained.

Old Tomás repairs whatever is brought to him: clocks, radios, chairs, a computer now and then. He says that they are all the same. Something in them has come loose, and you look for it from the outside to the inside, and you never take out two screws at once. He has a drawer full of parts that were left over, and everything he repaired still works.

The ferry to the island goes at eight and at five. It takes forty minutes, longer against the wind. On the island there are sheep, a chapel, eleven houses and a shop that sells stamps, string and very good cheese. People go there for a day and come back slower than they went.

At night, when the wind is from the land, one can hear the last train from far away. It slows down before the bridge, it whistles once, and then there is only the sea again. Somebody closes a window. The lighthouse flashes twice, waits for ten seconds, and flashes twice again.

Cooking for many people is mostly a matter of order. Write down what takes longest and begin with that. Cut everything before the stove is lit, clean as you go, and keep one pot of hot water ready. When the guests arrive, nothing should be left to do but the last five minutes, which are the ones they will remember.

A garden by the sea is an argument with the wind. Low things win: thyme, cabbage, strawberries, peas behind a wall. Tall things learn to bend or they are gone by March. The gardeners of the town give each other cuttings over the fence, and advice, and in a good year far too many beans.

The weather report is read out every evening at ten to six, and nobody talks while it is read. It names the waters one after another, in an order that never changes, with the wind and the sea for each. Those who have somebody out there listen for one name. The others listen too, out of politeness.
`
