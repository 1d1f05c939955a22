"""The clean data: one imaginary customer service, made of phrases. No person, firm or product is meant.

Draws use `random.random` of a seeded generator alone, whose numbers are the same in every Python 3. A text is kept only
if it shares few runs of words with every earlier one, so that nothing in the clean data is a near duplicate.
"""

import datetime
import random
import re

SEED = 20261126
LABELS = ["complaint", "question", "praise"]
GENDERS = ["female", "male"]
REGIONS = ["north"] * 4 + ["south"] * 3 + ["east"] * 2 + ["west"]
SITES = ["web", "phone", "mail", "shop"]
COLUMNS = [
    "id",
    "text",
    "label",
    "gender",
    "region",
    "speaker",
    "day",
    "amount",
    "code",
    "site",
    "audited",
    "rater_1",
    "rater_2",
]
# No text of the clean data shares more of its word 5-grams with another (Jaccard), nor 13 words in a row.
CLOSEST = 0.28

ITEMS = """blue kettle|garden chair|walking boots|desk lamp|travel mug|wool blanket|kitchen scale|bicycle pump
|reading glasses|picture frame|coffee grinder|winter jacket|alarm clock|bread knife|rain coat|phone charger
|sleeping bag|paper shredder|radio set|toy train|office printer|water filter|hair dryer|folding table|bath mat
|wooden shelf|pocket torch|camping stove|laundry basket|door handle"""
TIMES = """last Monday|two weeks ago|in early spring|on my day off|during the sale|right before the holidays
|at the end of May|this morning|over the weekend|a month back|late in the evening|just after lunch"""
PLACES = """the branch by the station|your new catalogue|the shop near the harbour|the market hall|an online offer
|the corner store|your travelling van|the outlet outside town|the counter upstairs|a friend of the house"""
BROKE = """stopped working after a single week|came with a deep scratch along one side
|lost its handle on the first day|never switched on at all|smells strongly of burnt plastic
|leaks whenever it is moved|makes a grinding noise all night|fell apart while we were cleaning it
|was packed without any of the screws|turned out to be a much smaller model|arrived wet and covered in dust
|has faded to a pale grey already|cannot be closed without great force|shows somebody else's marks of use
|gets far too hot to touch|wobbles badly on an even floor|shed fluff over every shirt|blew the fuse in our hallway
|misses the part shown on the box|bent under the weight of a book"""
LET_DOWN = """nobody at the desk could tell me why|I have waited nine days for any answer
|the driver left it out in the rain|your form refuses every word I type|two of my letters came back unopened
|the refund promised by phone never showed up|I was passed from one colleague to another
|the guarantee card was left blank|three visits to the counter changed nothing
|the repair took longer than the whole winter|a rude note was all I got back|your hotline hung up on me twice
|the replacement had the very same fault|we paid for express and got nothing of it
|the bill lists things we never ordered|my basket was emptied without warning"""
DEMAND = """Please send a working one before Friday|I expect my money back in full|Kindly collect it from our porch
|Somebody should look at this at once|I shall shop elsewhere from now on|Tell me whom to write to next
|A simple apology would be a start|Do check your stock more carefully|We want the old model instead
|Take this off your shelves for good|Have the manager deal with it|Cancel the rest of my order"""
ASK = """could you tell me whether the {i} also comes in green
|how long does it take until the {i} reaches an island|is there a spare part for the {i} that was sold here
|may I bring back the {i} without its wrapping|which batteries does the {i} need to run outdoors
|does the {i} fit through a rather narrow door|where do I find the manual that belongs to the {i}
|can the {i} be paid for in three small parts|will the {i} be on offer again before autumn
|who takes care of the {i} once the guarantee is over|what should I do if the {i} gets damp
|are there lessons on how to use the {i} safely|how heavy is the {i} when it is fully loaded
|would the {i} suit a child of about ten|is it normal that the {i} hums a little
|when do you expect the {i} to be back in stock"""
WHY = """we are moving house and need to plan ahead|my neighbour swears that it does
|the leaflet says nothing about it|I would like to give it as a present|our old one has served for ages
|the picture on your page is rather dark|my sister and I could not agree on this
|there was a long queue at the counter|I lost the paper with all the details|the school asked me to find out
|we only have a very small kitchen|the price changed while I was looking|your colleague was not quite certain
|it has to be settled within the month|I am comparing several shops|the label had been torn off"""
THANK = """Thank you for taking the time|A short answer would be enough|Any hint is welcome
|I look forward to hearing from you|There is no hurry at all|Please reply in plain words|Drawings would help as well
|I will drop by if needed|Perhaps a picture says it best|Feel free to call in the afternoon
|Sorry if this was asked before|Many thanks in advance"""
LOVE = """works better than I had dared to hope|makes our mornings so much easier|still looks new after daily use
|was packed with care and a kind note|came a whole day earlier than promised
|turned out far prettier than in the picture|has been praised by all of our guests
|is quiet and light and simple to clean|survived a fall down the stairs unharmed|fits exactly where I wanted it
|saved our trip through the mountains|is worth every single coin|brings back a bit of my childhood
|does its job without any fuss|keeps its warmth for hours on end|even convinced my doubtful uncle
|stands firm in the strongest wind|charmed the children at first sight|could hardly be made any better
|has found a place of honour"""
KIND = """the lady at the till carried it to my car|your team answered within the hour
|the young man explained every button twice|somebody had even sharpened the blade
|the little card inside made me smile|a wrong colour was changed with no questions
|the courier waited until I came down|your advice about cleaning was spot on|the whole shop felt calm and friendly
|we were offered tea while waiting|the old one was taken away for free|each question was met with patience
|the wrapping could be used again|an extra strap came at no charge|my late change was no trouble
|you remembered what I bought before"""
CHEER = """Keep up the good work|I shall gladly come again|You have won a loyal customer
|Please pass on my thanks to everyone|My friends will hear of it|Five stars from all of us|What a pleasant surprise
|This is how shopping should be|We could not be happier|Well done indeed|I will order a second one soon
|Such service is rare these days"""

RIVERS = """Aldern|Brisk|Corva|Dunmere|Elsin|Farrow|Galt|Hesper|Ilven|Jorrow|Kestrel|Lorn|Mersel|Nether|Orla|Pellow
|Quist|Rowan|Selde|Tarn"""
RISES = """rises among bare hills of limestone|springs from a glacier high above the tree line
|begins as a trickle in a wide bog|leaves a cold lake through a narrow gap
|gathers its water from eleven small brooks|starts below an ancient quarry of slate
|wells up at the foot of a chalk cliff|comes down from a plateau of red sandstone"""
FLOWS = """crosses a plain of orchards and old windmills|cuts a gorge through layers of dark basalt
|bends twice around the ruined abbey|feeds canals that were dug by monks|drives the wheels of several paper mills
|carries fine clay which colours its banks|passes under the longest wooden bridge of the county
|splits into three arms around low islands|drops over a weir built from oak"""
ENDS = """before it meets the tidal marsh|until salt water stops it|and joins a slower stream near the border
|while herons nest along its lower course|and vanishes into sand during dry summers|where barges once loaded grain
|so that floods are feared each March|which geologists still debate"""
MEN = """botanists|masons|sailors|printers|shepherds|weavers|miners|astronomers|bakers|surveyors|farriers|glaziers"""
DID = """kept careful records of frost and thaw|measured the height of tides with notched poles
|copied maps onto thin sheets of copper|traded dyed cloth for salt and amber
|taught apprentices the names of forty tools|buried their account books beneath the hearth
|mixed ash with sand to clear the melt|painted every boundary stone white|carved warnings into the harbour wall
|drew lots to share the common meadow"""
ERA = """in the centuries before the railway|during a long and quiet peace|under the last of the elected dukes
|while the great forest still stood|when paper had become cheap|after the second drought|as rents began to climb
|until the guilds were dissolved|long before steam reached the valley"""
LEFT = """and a few of their notes survive in the town archive|though little of it can be proved today
|which later scholars mistook for legend|and museums show the pieces behind glass
|so the custom gave its name to a street|and travellers wrote home about it|but the reasons were soon forgotten
|and schools still teach the method"""

CALLER = """The caller wants to know|A customer reports by telephone|Somebody rang to say
|The person on the line explains|We were asked on the phone|An elderly caller complains|A new client mentions
|The caller repeats twice|A regular wonders|A worried parent tells us"""
MATTER = """that the {i} was delivered to the wrong floor|that the {i} has been waiting at the depot since spring
|why the {i} was charged on two separate bills|how the {i} can be exchanged for a larger one
|that the {i} was missing from an otherwise complete parcel|whether the {i} may be picked up after closing time
|that the {i} rattles when carried downstairs|if the {i} could be wrapped as a gift
|that the {i} arrived with a foreign plug|when the {i} will finally leave the warehouse
|that the {i} was returned but never booked|whether the {i} is covered by the longer guarantee"""
AGREED = """We agreed to look into it and to ring back tomorrow|A colleague from the depot takes over from here
|The case was closed to everybody's content|A new label goes out with the evening post
|No further step is needed for now|The workshop will give an estimate by Thursday
|I promised a written reply before noon|Stock was checked and one piece set aside
|The price was corrected on the spot|The matter goes to the complaints desk|A voucher was offered and accepted
|The line broke before we could finish"""
NOTES = """ring back after lunch|parcel seen at the depot|spoke slowly and clearly|second call this week
|asked for the manual|wants a green one|prefers letters|was very patient|line was noisy|old customer
|will visit the shop|sent a new label"""


def listed(text):
    return [part.strip() for part in text.replace("\n", " ").split("|")]


class Draw:
    """A seeded generator by name; only `random.random` is used."""

    def __init__(self, name):
        self.source = random.Random(f"{SEED} {name}")

    def below(self, limit):
        return int(self.source.random() * limit)

    def pick(self, items):
        return items[self.below(len(items))]

    def shuffled(self, items):
        items = list(items)
        for last in range(len(items) - 1, 0, -1):
            other = self.below(last + 1)
            items[last], items[other] = items[other], items[last]
        return items


def words(text):
    """Runs of letters and digits, in small letters; a Chinese character is a word."""
    return re.findall(r"[\u4e00-\u9fff]|[^\W_\u4e00-\u9fff]+", text.lower())


def shingles(text, n=5):
    """The set of runs of n words; a shorter text is one run, and what is no text has none."""
    found = words(text) if isinstance(text, str) else []
    if not found:
        return set()
    return {tuple(found[at : at + n]) for at in range(max(1, len(found) - n + 1))}


class Kept:
    """Texts that are apart from one another."""

    def __init__(self):
        self.sizes, self.places, self.runs = [], {}, set()

    def admit(self, text):
        mine = shingles(text)
        shared = {}
        for one in mine:
            for place in self.places.get(one, []):
                shared[place] = shared.get(place, 0) + 1
        if any(count / (len(mine) + self.sizes[place] - count) > CLOSEST for place, count in shared.items()):
            return False
        runs = {run for run in shingles(text, 13) if len(run) == 13}
        if runs & self.runs:
            return False
        self.runs |= runs
        for one in mine:
            self.places.setdefault(one, []).append(len(self.sizes))
        self.sizes.append(len(mine))
        return True


def capital(text):
    return text[0].upper() + text[1:]


def ticket(draw, label):
    pick = lambda text: draw.pick(listed(text))
    item, form = pick(ITEMS), draw.below(4)
    if label == "question":
        ask, why = pick(ASK).format(i=item), pick(WHY)
        return [
            f"{capital(ask)}? {capital(why)}.",
            f"{capital(why)}, so {ask}?",
            f"{capital(ask)}? {pick(THANK)}.",
            f"{capital(why)}. {capital(ask)}? {pick(THANK)}.",
        ][form]
    event, more, end = (BROKE, LET_DOWN, DEMAND) if label == "complaint" else (LOVE, KIND, CHEER)
    event, more, end = pick(event), pick(more), pick(end)
    return [
        f"The {item} I got from {pick(PLACES)} {event}, and {more}.",
        f"The {item} bought {pick(TIMES)} {event}. {end}.",
        f"{capital(more)}. My {item} {event}. {end}.",
        f"{end}: our {item} {event} and {more}.",
    ][form]


def article(draw):
    pick = lambda text: draw.pick(listed(text))
    if draw.below(2):
        return f"The {pick(RIVERS)} {pick(RISES)}, {pick(FLOWS)} {pick(ENDS)}."
    return f"{capital(pick(ERA))}, the {pick(MEN)} of {pick(RIVERS)} {pick(DID)} {pick(LEFT)}."


def call(draw):
    pick = lambda text: draw.pick(listed(text))
    return f"{pick(CALLER)} {pick(MATTER).format(i=pick(ITEMS))}. {pick(AGREED)}."


def fresh(kept, make):
    """A text of 8 to 25 words that is apart from all others."""
    for _ in range(20_000):
        text = make()
        if 8 <= len(words(text)) <= 25 and kept.admit(text):
            return text
    raise SystemExit("the phrases are used up; add some")


def tickets(name, count, first_id, first_speaker, speakers, days, kept):
    """Rows whose labels, genders, regions and sites are balanced against one another."""
    draw = Draw(name)
    sexes = draw.shuffled([GENDERS[at % 2] for at in range(count)])
    rows = [dict.fromkeys(COLUMNS, "") for _ in range(count)]
    for gender in GENDERS:
        mine = [at for at in range(count) if sexes[at] == gender]
        for column, values in [("label", LABELS), ("region", REGIONS), ("site", SITES)]:
            # The second gender goes through the values backwards, so that neither total leans to one side.
            values = values if gender == "female" else values[::-1]
            for at, place in enumerate(draw.shuffled(mine)):
                rows[place][column] = values[at % len(values)]
        for at in mine:
            rows[at]["gender"] = gender
    codes = set()
    order = draw.shuffled(range(count))
    for at, row in enumerate(rows):
        row["id"] = str(first_id + at)
        row["text"] = fresh(kept, lambda row=row: ticket(draw, row["label"]))
        row["speaker"] = f"C-{first_speaker + at % speakers:04}"
        row["day"] = days[draw.below(len(days))] if at else days[-1]
        row["amount"] = f"{5 + 395 * (order[at] + draw.source.random()) / count:.2f}"
        while not row["code"] or row["code"] in codes:
            row["code"] = "".join(chr(65 + draw.below(26)) for _ in range(2)) + f"-{draw.below(10_000):04}"
        codes.add(row["code"])
        row["rater_1"] = row["label"]
        row["rater_2"] = LABELS[(LABELS.index(row["label"]) + 1) % 3] if at % 20 == 7 else row["label"]
    return rows


def days_between(first, last, without=()):
    first, last = datetime.date.fromisoformat(first), datetime.date.fromisoformat(last)
    days = [str(first + datetime.timedelta(at)) for at in range((last - first).days + 1)]
    return [day for day in days if day not in without]


def all_tables():
    """Every clean table by its file name, as rows of texts; None is a missing value of JSON."""
    kept = Kept()
    train = tickets("train", 400, 1, 1, 150, days_between("2025-09-01", "2026-02-28"), kept)
    test = tickets("test", 200, 1001, 501, 80, days_between("2026-03-02", "2026-05-30", ["2026-03-04"]), kept)
    # A speaker writes once a day.
    for at, row in enumerate(test):
        days = {other["day"] for other in test[:at] if other["speaker"] == row["speaker"]}
        while row["day"] in days:
            row["day"] = str(datetime.date.fromisoformat(row["day"]) - datetime.timedelta(1))
    # The reviewer took every second row of the first 120.
    for row in test[1:120:2]:
        row["audited"] = row["label"]
    draw = Draw("corpus")
    corpus = [{"id": at, "text": fresh(kept, lambda: article(draw))} for at in range(1, 151)]
    draw = Draw("calls")
    calls = []
    for at in range(1, 121):
        row = {"id": at, "code": f"TK-{1000 + 7 * at}", "text": fresh(kept, lambda: call(draw))}
        row["day"] = days_between("2026-01-01", "2026-05-31")[draw.below(151)]
        row["duration"] = round(20 + draw.source.random() * 1500, 1)
        row["urgent"] = draw.below(5) == 0
        row["channel"] = "phone" if at % 3 else "chat"
        row["note"] = None if at % 4 == 0 else draw.pick(listed(NOTES))
        calls.append(row)
    draw = Draw("parcels")
    places = ["depot", "harbour", "station", "market"]
    parcels = [
        {
            "id": at,
            "weight": round(0.2 + draw.source.random() * 30, 2),
            "place": draw.pick(places),
            "fragile": at % 5 == 0,
        }
        for at in range(1, 61)
    ]
    branches = [
        {
            "id": str(at),
            "name": f"{draw.pick(['North', 'South', 'Old', 'New'])} {draw.pick(['Gate', 'Quay', 'Mill', 'Hill'])} {at}",
            "kind": "depot" if at % 4 == 0 else "shop",
            "opened": draw.pick(days_between("2011-01-01", "2019-12-31")),
            "area": f"{40 + 900 * draw.source.random():.1f}",
            "parking": "true" if at % 3 else "false",
            "remark": "" if at % 3 == 0 else capital(draw.pick(listed(NOTES))) + ".",
        }
        for at in range(1, 13)
    ]
    frozen = [{"id": str(at), "place": draw.pick(places)} for at in range(1, 21)]
    return {
        "train.csv": train,
        "test.csv": test,
        "corpus.jsonl": corpus,
        "calls.jsonl": calls,
        "parcels": parcels,
        "branches.csv": branches,
        "frozen.csv": frozen,
    }
