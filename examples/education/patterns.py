"""The patterns, words and rules of the synthetic corpus of `train.py`: data, and nothing that draws by chance.

A pattern is a sentence with gaps, on which a tail may be hung. It was written by hand for one level, from what course
books teach there: A1 the simple present, A2 the simple past and plans, B1 subordinate clauses and the present perfect,
B2 unreal conditions, participles and the passive, C1 inversion, clefts and nominal style.
"""

LEVELS = ["a1", "a2", "b1", "b2", "c1"]
TOPICS = ["home", "school", "work", "travel"]
LANGUAGES = ["arabic", "chinese", "german", "spanish"]

PATTERNS = {
    "a1": """{who} likes the {thing}.
The {thing} is {adj}.
This is the {thing} in the {place}.
{who} is in the {place}.
I have a {adj} friend in the {place}.
Where is the {thing}?
{who} has two {thing}s.
There is a {thing} on the table.
We are in the {place} today.
The {place} is very {adj}.
{who} does not like the {place}.
Is the {thing} {adj}?
I am {adj} in the {place} today.
My {thing} is in the {place}.
They have a {thing} and a {thing2}.
{who} is my {adj} friend.
The {thing} and the {thing2} are {adj}.
Do you like the {thing}?
It is {adj} in the {place}.
{who} goes to the {place} every day.
Look at the {thing} here.
I see {who} in the {place}.
This {thing} is not {adj}.
You are in the {adj} {place}.""",
    "a2": """Yesterday {who} bought a {adj} {thing}.
{who} went to the {place} last week.
We did not find the {thing} in the {place}.
{who} was tired, but the {place} was {adj}.
I can see the {thing} from the {place}.
Tomorrow we are going to visit the {place}.
{who} lost the {thing} on Monday.
Last year the {place} was very {adj}.
Could you bring me the {thing}, please?
{who} wanted to clean the {thing} and the {thing2}.
My {thing} is more {adj} now.
They were in the {place} for two hours.
{who} likes reading in the {place} at the weekend.
Did you see the {adj} {thing} yesterday?
There were many people in the {place} last night.
{who} can open the {thing}, but not the {thing2}.
I made a {thing} for {who} last month.
{who} is going to sell the {thing} next week.
We walked to the {place} and took the {thing}.
It was {adj}, so we stayed in the {place}.
{who} often forgets the {thing} in the morning.
You need a {adj} {thing} for the {place}.
First we saw the {place} and then the {thing}.
{who} gave me the {thing} two days ago.""",
    "b1": """{who} has already been to the {place} because the {thing} was broken.
If it is {adj}, we will meet in the {place}.
I think that {who} should talk about the {idea}.
{who} used to keep the {thing} in the {place} when life was simple.
While I was waiting in the {place}, {who} found the {thing}.
The {thing} that {who} bought is more useful than the old one.
We have never had a problem with the {idea} before.
{who} said that the {thing} was too {adj} for the {place}.
You should ask {who} before you change the {thing}.
When {who} arrived, the {place} was already full of people.
{who} has lived near the {place} since I was a child.
{who} is looking forward to learning more about the {idea}.
The {thing} was repaired by {who} after the holiday.
If you lose the {thing}, you must tell {who} quickly.
{who} might leave the {place} because of the {idea}.
I do not know who took the {thing} to the {place}.
It is important to understand the {idea} before you decide.
{who} enjoys the {place}, although it is sometimes {adj}.
We will wait in the {place} until {who} comes back.
The person who works in the {place} knows about the {idea}.
{who} has just explained why the {thing} is so expensive.
I would like to improve the {idea} if I have enough time.
As soon as {who} saw the {thing}, everybody felt {adj}.
My opinion about the {idea} is different from what {who} believes.""",
    "b2": """If {who} had known about the {idea}, the {thing} would have been replaced much earlier.
Despite the {hard} {idea}, {who} managed to finish everything in the {place}.
{who}, whose {idea} had been criticised, was asked to leave the {place}.
The {idea} is being discussed in order to avoid any {hard} consequences.
Having considered the {idea}, {who} decided that the {place} was unsuitable.
{who} wishes the {idea} had been explained in a less {hard} way.
Unless the {idea} is improved, the {place} will have been closed by summer.
By the time {who} noticed the {hard} mistake, the {thing} had been sold.
The {idea}, which had been ignored for years, finally became a {hard} issue.
{who} is said to have influenced the {idea} more than anyone expected.
Even though the {idea} seemed {hard}, {who} could have accepted it.
Not knowing what to expect, {who} approached the {idea} with caution.
It is widely believed that the {idea} will lead to {hard} changes.
{who} has been complaining about the {idea} ever since the {place} was rebuilt.
Whereas some people welcome the {idea}, others consider it {hard}.
The {place} would be far more attractive if the {idea} were taken seriously.
{who} should have been informed that the {idea} was no longer {hard}.
Apart from the {idea}, nothing in the {place} appears to have changed.
{who} was made to apologise for the {hard} {idea} in public.
The more {who} learns about the {idea}, the more {hard} it appears.
Instead of blaming {who}, the team reconsidered the whole {idea}.
Provided that the {idea} is {hard}, the {place} can be opened to visitors.
{who} denied having caused the {hard} damage to the {place}.
As a result of the {idea}, the {place} had to be completely redesigned.""",
    "c1": """Never before had the {idea} been subject to such {hard} scrutiny as it was by {who}.
Were it not for the {hard} {idea}, {who} would scarcely have embarked on so ambitious an undertaking.
What distinguishes the {idea} is the extent to which {who} has reconciled {hard} and competing demands.
Not only did the {idea} undermine confidence, but it also exposed a {hard} lack of foresight.
It was the {idea}, rather than any {hard} shortage, that ultimately compelled {who} to intervene.
Notwithstanding the {hard} objections raised by {who}, the {idea} was endorsed without reservation.
Rarely does an account of the {idea} convey so {hard} a sense of its underlying ambiguity.
Had {who} been apprised of the {idea}, the ensuing controversy might well have been averted.
The {idea} presupposes a {hard} consensus, the absence of which {who} has repeatedly deplored.
Little did {who} realise that the {idea} would give rise to such {hard} repercussions.
So {hard} was the {idea} that {who} felt obliged to dissociate the institution from it.
Only by scrutinising the {idea} can {who} hope to dispel such {hard} misconceptions.
{who} contends, albeit tentatively, that the {idea} warrants a more {hard} and nuanced appraisal.
Under no circumstances should the {idea} be construed as a {hard} endorsement of the status quo.
The {idea}, however {hard} it may seem, stems from assumptions that {who} has yet to substantiate.
Seldom has a {hard} shift in the {idea} been so readily attributed to {who} alone.
Inasmuch as the {idea} remains {hard}, {who} is inclined to refrain from sweeping generalisations.
Such was the {hard} impact of the {idea} that {who} was prompted to relinquish every privilege.
No sooner had {who} acknowledged the {idea} than a {hard} dispute arose over its implementation.
Far from mitigating the {idea}, the {hard} intervention of {who} merely exacerbated it.
At no point did {who} concede that the {idea} rested on {hard} and questionable premises.
That the {idea} should prove so {hard} is, {who} maintains, hardly conducive to mutual trust.
The {idea} notwithstanding, {who} persisted in advocating a {hard} reallocation of resources.
Implicit in the {idea} is the {hard} notion that {who} can be held accountable for every outcome.""",
}

# What may be hung on a sentence of a level, before its last sign. Both splits use them: they carry what levels share.
TAILS = {
    "a1": [" now", " today", " here", " every day", " again", " with Anna"],
    "a2": [" after lunch", " with a friend", " in the evening", " after dinner", " for the first time", " with some people"],
    "b1": [
        " because it is important", " if there is enough time", " although it is not easy", " when the others are ready",
        " before the summer starts", " so that nobody has to wait",
    ],
    "b2": [
        ", which had not been expected", ", despite having been warned", ", unless the rules are changed",
        ", whereas others would have hesitated", ", provided that nobody objects", ", even though it could have been avoided",
    ],
    "c1": [
        ", notwithstanding assurances to the contrary", ", albeit with considerable misgivings", ", however implausible it may seem",
        ", lest it should set a precedent", ", the ramifications of which are manifold", ", inasmuch as it lends itself to abuse",
    ],
}

WHO = ["Mia", "Omar", "Lena", "Wei", "Carlos", "my sister", "our neighbour", "the manager", "the teacher", "my uncle"]
ADJECTIVES = ["small", "big", "new", "old", "nice", "happy", "quiet", "cold", "warm", "clean", "dirty", "busy"]
HARD = ["subtle", "controversial", "substantial", "profound", "persistent", "complex", "unforeseen", "radical", "tangible", "dubious"]
THINGS = {
    "home": ["chair", "lamp", "window", "bottle", "blanket", "carpet"],
    "school": ["pencil", "book", "map", "ruler", "notebook", "computer"],
    "work": ["phone", "letter", "desk", "printer", "screen", "folder"],
    "travel": ["ticket", "bag", "suitcase", "camera", "passport", "bus"],
}
PLACES = {
    "home": ["kitchen", "garden", "bathroom", "bedroom"],
    "school": ["classroom", "library", "playground", "canteen"],
    "work": ["office", "factory", "shop", "meeting room"],
    "travel": ["station", "airport", "hotel", "harbour"],
}
IDEAS = {
    "home": ["household budget", "renovation", "neighbourhood", "family tradition", "division of labour"],
    "school": ["curriculum", "assessment", "scholarship", "learning method", "attendance policy"],
    "work": ["negotiation", "promotion scheme", "productivity", "working environment", "merger"],
    "travel": ["infrastructure", "accommodation", "tourism strategy", "border control", "carbon footprint"],
}

# What the first rater looks for, from the highest level down: grammar alone.
GRAMMAR = {
    "c1": r"^(never before|were it|not only|rarely|seldom|had \w+( \w+)? been|little did|only by|under no|so \w+ was|such was"
    r"|no sooner|at no point|that the|implicit|what distinguishes|inasmuch|far from)|\bit was the\b.*\bthat\b"
    r"|\b(notwithstanding|albeit|lest|inasmuch|the extent to which|the absence of which|has yet to|however \w+ it may)\b",
    "b2": r"\b(would have|could have|should have|will have|had been|is being|has been \w+ing|whose|despite|whereas|unless|having|apart from"
    r"|provided that|instead of|as a result|in order to|even though|by the time|is said to|was made to|had to be|were taken)\b"
    r"|\bthe more\b.*\bthe more\b|, which\b|^not \w+ing|\bit is widely\b",
    "b1": r"\b(if|because|when|while|that|who|why|what|until|before|since|although|as soon as|used to|has|should|must|might|will|would like)\b"
    r"|\bwas \w+ed by\b",
    "a2": r"\b(yesterday|last|ago|tomorrow|next|was|were|did|went|can|could|but|so|then|going to|more|\w+ed|bought|lost|gave|made|took|saw"
    r"|need|often)\b",
}

# What the second rater looks for: the hardest words it knows, and the length.
VOCABULARY = {
    "c1": "scrutiny scarcely embarked undertaking reconciled undermine foresight compelled endorsed reservation ambiguity apprised"
    " ensuing averted presupposes consensus deplored repercussions dissociate scrutinising dispel misconceptions contends"
    " tentatively nuanced appraisal construed endorsement assumptions substantiate attributed inclined generalisations"
    " relinquish implementation mitigating exacerbated concede premises conducive advocating reallocation notion accountable assurances misgivings implausible precedent ramifications manifold",
    "b2": "replaced criticised consequences considered unsuitable influenced ignored issue approached caution complaining attractive"
    " seriously informed appears apologise blaming reconsidered visitors denied damage redesigned managed accepted warned expected hesitated objects avoided"
    " welcome rebuilt " + " ".join(HARD),
    "b1": "already useful problem repaired holiday understand decide enough expensive opinion different believes explained improve"
    " everybody forward child sometimes quickly important ready enough easy summer starts " + " ".join(w for idea in IDEAS.values() for p in idea for w in p.split()),
    "a2": "yesterday bought visit lost weekend clean forgets morning month sell walked stayed tired people hours wanted bring"
    " need often many first lunch evening dinner some",
}
LENGTHS = {"c1": 17, "b2": 13, "b1": 10, "a2": 6}
