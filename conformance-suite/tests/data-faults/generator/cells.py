"""Cases of single cells: missing and mistyped values, ranges, patterns, personal data, encodings, languages."""

import pyarrow

from .case import case
from .clean import Draw, Kept, capital, listed
from .formats import write_parquet

TRAIN, TEST, CALLS, SMALL = "train.csv", "test.csv", "calls.jsonl", "branches.csv"


def cell(name, what, file, row, column, value, *expected):
    """A case of one cell."""
    case(name, what, *expected)(lambda bench: bench.set(file, row, column, value))


def sentence(name, what, file, row, words, *expected, column="text"):
    """A case of words behind one text."""
    case(name, what, *expected)(lambda bench: bench.add_to_text(file, row, words, column))


# ---- Missing values --------------------------------------------------------------------------------------------------

NONE = "missing_value"
cell(
    "null-text",
    "the text of one training row is empty",
    TRAIN,
    17,
    "text",
    "",
    f"SCHEMA-1 {NONE} 17",
    f"NULLS-1 {NONE} 17",
)
cell(
    "null-gender",
    "the gender of one test row is empty",
    TEST,
    5,
    "gender",
    "",
    f"SCHEMA-1 {NONE} 5",
    f"NULLS-2 {NONE} 5",
)
cell(
    "null-amount-last-row",
    "the amount of the last test row is empty",
    TEST,
    200,
    "amount",
    "",
    f"SCHEMA-1 {NONE} 200",
    f"NULLS-3 {NONE} 200",
)
cell(
    "null-code-first-row",
    "the code of the first training row is empty",
    TRAIN,
    1,
    "code",
    "",
    f"SCHEMA-1 {NONE} 1",
    f"NULLS-4 {NONE} 1",
)
cell("null-label", "one test row has no label", TEST, 33, "label", "", f"SCHEMA-1 {NONE} 33")
cell("null-json", "the text of one call is null", CALLS, 60, "text", None, f"SCHEMA-2 {NONE} 60", f"NULLS-5 {NONE} 60")
cell(
    "empty-text-is-not-null",
    "the text of one call is an empty string, which is there but too short",
    CALLS,
    62,
    "text",
    "",
    "SCHEMA-2 bad_length 62",
)


@case("null-quoted", "an empty cell in quotes is a missing value too", f"SCHEMA-5 {NONE} 7", f"NULLS-8 {NONE} 7")
def _(bench):
    bench.set(SMALL, 7, "area", "")
    bench.write(SMALL, quote=True)


@case("null-key-absent", "one call has no key `text`", f"SCHEMA-2 {NONE} 61", f"NULLS-5 {NONE} 61")
def _(bench):
    del bench.rows(CALLS)[60]["text"]


@case("null-mostly", "an optional column is missing in 100 of 120 calls", f"NULLS-6 {NONE} {{}}")
def _(bench):
    for row in range(1, 101):
        bench.set(CALLS, row, "note", None)
    return [row for row in range(1, 121) if bench.get(CALLS, row, "note") is None]


@case("null-parquet", "one weight is null in the Parquet file", f"SCHEMA-3 {NONE} 4", f"NULLS-7 {NONE} 4")
def _(bench):
    rows = bench.rows("parcels")
    rows[3]["weight"] = None
    bench.bytes["parcels.parquet"] = write_parquet(pyarrow.Table.from_pylist(rows))
    bench.changed.clear()


# ---- Types, classes, ranges, lengths, patterns -----------------------------------------------------------------------

TYPE = "wrong_type"
cell("type-int-decimal", "an id is no whole number", SMALL, 3, "id", "3.5", f"SCHEMA-5 {TYPE} 3")
cell(
    "type-int-overflow", "an id does not fit into 64 bits", SMALL, 9, "id", "9223372036854775808", f"SCHEMA-5 {TYPE} 9"
)
cell(
    "type-amount-words", "an amount is `n/a`", TEST, 11, "amount", "n/a", f"SCHEMA-1 {TYPE} 11", f"error DRIFT-1 {TYPE}"
)
cell("type-number-comma", "a number has a decimal comma", SMALL, 2, "area", "312,5", f"SCHEMA-5 {TYPE} 2")
cell("type-number-nan", "a number is NaN", SMALL, 4, "area", "NaN", f"SCHEMA-5 {TYPE} 4")
cell("type-number-infinite", "a number is beyond every double", SMALL, 6, "area", "1e999", f"SCHEMA-5 {TYPE} 6")
cell("type-date-impossible", "a day is 30 February", CALLS, 40, "day", "2026-02-30", f"SCHEMA-2 {TYPE} 40")
cell("type-date-order", "a day is written the other way round", CALLS, 41, "day", "31/05/2026", f"SCHEMA-2 {TYPE} 41")
cell("type-number-for-text", "a text is a JSON number", CALLS, 44, "text", 17, f"SCHEMA-2 {TYPE} 44")
cell("type-text-for-number", "a duration is a JSON string", CALLS, 45, "duration", "12.5", f"SCHEMA-2 {TYPE} 45")
cell("type-date-time", "a day has an hour", SMALL, 8, "opened", "2015-03-02T08:00", f"SCHEMA-5 {TYPE} 8")
cell("type-bool-csv", "a truth value is `ja`", SMALL, 10, "parking", "ja", f"SCHEMA-5 {TYPE} 10")
cell("type-bool-word", "a truth value is `yes`", CALLS, 46, "urgent", "yes", f"SCHEMA-2 {TYPE} 46")
cell("type-bool-number", "a truth value is 1", CALLS, 49, "urgent", 1, f"SCHEMA-2 {TYPE} 49")
cell("type-list-for-text", "a note is a JSON list", CALLS, 47, "note", ["late"], f"SCHEMA-2 {TYPE} 47")
cell("class-capital", "a class is written with a capital", SMALL, 1, "kind", "Shop", "SCHEMA-5 unknown_class 1")
cell("class-blank", "a class has a blank before it", SMALL, 2, "kind", " shop", "SCHEMA-5 unknown_class 2")
cell("class-undeclared", "a class is not declared", SMALL, 12, "kind", "market", "SCHEMA-5 unknown_class 12")
cell("range-above", "an amount is a cent above the range", TRAIN, 21, "amount", "500.01", "RANGES-1 out_of_range 21")
cell("range-below", "an amount is negative", TRAIN, 22, "amount", "-0.01", "RANGES-1 out_of_range 22")
cell(
    "range-declared",
    "a duration is above its declared range",
    CALLS,
    50,
    "duration",
    3600.5,
    "SCHEMA-2 out_of_range 50",
)
cell("length-over", "a note has 201 characters", CALLS, 53, "note", ("ring back " * 20) + "!", "SCHEMA-2 bad_length 53")
cell("pattern-small-letters", "a code is in small letters", TRAIN, 31, "code", "ab-1234", "PATTERNS-1 bad_pattern 31")
cell("pattern-too-long", "a code has a digit too many", TRAIN, 32, "code", "AB-12345", "PATTERNS-1 bad_pattern 32")
cell(
    "pattern-line-break",
    "a code ends in a line break, which `$` alone would let pass",
    TRAIN,
    34,
    "code",
    "AB-1234\n",
    "PATTERNS-1 bad_pattern 34",
)
cell(
    "pattern-other-digits",
    "a code has Arabic digits",
    TRAIN,
    35,
    "code",
    "AB-\u0661\u0662\u0663\u0664",
    "PATTERNS-1 bad_pattern 35",
)
cell("pattern-speaker", "a customer's number has two digits", TEST, 37, "speaker", "C-55", "PATTERNS-2 bad_pattern 37")
cell(
    "pattern-declared",
    "a code of a call has a blank for its hyphen",
    CALLS,
    12,
    "code",
    "TK 1084",
    "SCHEMA-2 bad_pattern 12",
)


@case("range-cents", "half of the training amounts are in cents", "RANGES-1 out_of_range {}", "DRIFT-1 -")
def _(bench):
    for row in range(1, 401, 2):
        bench.set(TRAIN, row, "amount", f"{100 * float(bench.get(TRAIN, row, 'amount')):.0f}")
    return list(range(1, 401, 2))


@case("type-parquet-column", "the weights in the Parquet file are texts", f"SCHEMA-3 {TYPE} {{}}")
def _(bench):
    rows = [{**row, "weight": str(row["weight"])} for row in bench.rows("parcels")]
    bench.bytes["parcels.parquet"] = write_parquet(pyarrow.Table.from_pylist(rows))
    bench.changed.clear()
    return list(range(1, 61))


# ---- Personal data: numbers that are kept for examples, or made up ---------------------------------------------------

for place, (kind, what, words) in enumerate(
    [
        ("email", "an e-mail address", "Write to maria.keller@mailbox.example.com please."),
        ("phone", "a telephone number", "Ring me at +44 20 7946 0958 after six."),
        ("card", "a payment card's number (Luhn holds)", "Charge 4111 1111 1111 1111 again."),
        ("account", "a bank account's number (IBAN, MOD 97-10 holds)", "Pay it to GB82 WEST 1234 5698 7654 32 today."),
        ("resident", "a Chinese resident's number (MOD 11-2 holds)", "My number is 11010519491231002X as before."),
        ("security", "a US social security number", "My number is 536-22-8741 as before."),
        ("address", "a network address", "It was ordered from 203.0.113.77 at noon."),
    ]
):
    row = place + 3
    sentence(
        f"personal-{kind}", f"a text holds {what}", SMALL, row, words, f"PII-4 personal_text {row}", column="remark"
    )
sentence(
    "personal-card-test",
    "a test text holds a payment card's number",
    TEST,
    53,
    "Charge 4111-1111-1111-1111 again.",
    "PII-2 personal_text 53",
)
sentence(
    "personal-email-train",
    "a training text holds an e-mail address",
    TRAIN,
    140,
    "Reply to jonas_weber+shop@post.example.org soon.",
    "PII-1 personal_text 140",
)
sentence(
    "personal-note",
    "a note, which no model reads, holds a telephone number",
    CALLS,
    30,
    "+1 202-555-0143",
    "PII-3 personal_text 30",
    column="note",
)
sentence(
    "personal-card-joined",
    "a text holds a card's number without blanks",
    CALLS,
    31,
    "The card was 5555555555554444 this time.",
    "PII-3 personal_text 31",
)
sentence(
    "clean-card",
    "sixteen digits that are no card: Luhn does not hold",
    SMALL,
    5,
    "The parcel is 4111 1111 1111 1112 in your list.",
    column="remark",
)
sentence(
    "clean-account",
    "what looks like an IBAN: MOD 97-10 does not hold",
    SMALL,
    5,
    "The crate is marked GB83 WEST 1234 5698 7654 32 outside.",
    column="remark",
)
sentence(
    "clean-resident",
    "eighteen digits that are no resident's number: MOD 11-2 does not hold",
    SMALL,
    5,
    "Its serial is 110105194912310021 below.",
    column="remark",
)
sentence(
    "clean-security",
    "what looks like a US social security number, of an area that is never given out",
    SMALL,
    5,
    "It is filed under 666-12-3456 upstairs.",
    column="remark",
)


@case("clean-lookalikes", "digits of everyday life that are nobody's")
def _(bench):
    for row, words in [
        (2, "Order 2026-000184 cost 39.90 in all."),
        (3, "I called between 9:30 and 12:45 on 2026-03-11."),
        (4, "The box is 30 x 20 x 15 and weighs 2.5 kilos."),
        (5, "It runs version 4.2.1 of your program."),
        (6, "The article number is 4006 381 on page 112."),
        (7, "Only 3 of 12 pieces, 25%, were whole."),
    ]:
        bench.add_to_text(SMALL, row, words, "remark")


# ---- Encodings -------------------------------------------------------------------------------------------------------

ENC = "bad_encoding"
sentence(
    "mojibake-letters",
    "UTF-8 that was read as Windows-1252",
    SMALL,
    4,
    "The cafÃ© was closed, and the fenÃªtre too.",
    f"ENC-4 {ENC} 4",
    column="remark",
)
sentence(
    "mojibake-quotes",
    "curly quotes that were read as Windows-1252",
    CALLS,
    72,
    "The caller said \u00e2\u20ac\u0153never again\u00e2\u20ac\u009d twice.",
    f"ENC-3 {ENC} 72",
)
sentence(
    "replacement-character",
    "a letter was lost earlier: U+FFFD",
    TEST,
    73,
    "The caf\ufffd was closed.",
    f"ENC-2 {ENC} 73",
)
sentence(
    "control-character",
    "a curly quote of Windows-1252 that was read as Latin-1: U+0093",
    SMALL,
    8,
    "It was \u0093closed\u0094.",
    f"ENC-4 {ENC} 8",
    column="remark",
)
sentence(
    "null-character-json", "a text holds U+0000, written as an escape", CALLS, 75, "It ends\0here.", f"ENC-3 {ENC} 75"
)
sentence(
    "broken-note",
    "a note, which no model reads, holds U+FFFD",
    CALLS,
    77,
    "caf\ufffd",
    f"ENC-3 {ENC} 77",
    column="note",
)
sentence(
    "clean-accents",
    "letters with accents, quotes and dashes as they should be",
    SMALL,
    4,
    "The café’s “fenêtre” was closed – naïvely, Zoë’s too.",
    column="remark",
)
ALL = "error * malformed_data"


@case("latin-1", "one letter of the file is a Latin-1 byte", ALL)
def _(bench):
    bench.add_to_text(CALLS, 76, "The caf§ was closed.")
    bench.finish()
    bench.changed.clear()
    bench.replace(CALLS, "§".encode(), b"\xe9")


@case("utf-16", "the file is UTF-16", ALL)
def _(bench):
    bench.bytes[CALLS] = bench.bytes[CALLS].decode().encode("utf-16")


@case("null-byte", "a zero byte stands in a CSV text", ALL)
def _(bench):
    bench.add_to_text(SMALL, 5, "It ends\0here.", "remark")


@case(
    "two-byte-order-marks",
    "two byte-order marks: the second is part of the first column's name",
    "SCHEMA-5 missing_column id",
)
def _(bench):
    bench.bytes[SMALL] = b"\xef\xbb\xbf\xef\xbb\xbf" + bench.bytes[SMALL]


@case("lone-surrogate", "a JSON escape is half of a character", ALL)
def _(bench):
    bench.add_to_text(CALLS, 79, "It broke §here.")
    bench.finish()
    bench.changed.clear()
    bench.replace(CALLS, "§".encode(), b"\\ud83d")


# ---- Languages -------------------------------------------------------------------------------------------------------

GERMAN = [
    "der blaue Kessel|die kleine Lampe|das neue Regal|der alte Mantel|die große Decke|der leise Wecker|das rote Fahrrad"
    "|der schmale Tisch|die gelbe Jacke|das helle Zelt",
    "aus dem Laden am Hafen|von Ihrer Filiale im Norden|vom Stand auf dem Wochenmarkt|aus dem letzten Katalog"
    "|für meine Schwester|zum halben Preis",
    "wurde gestern ohne Deckel geliefert|ist nach einer Woche zerbrochen|gefällt unserer ganzen Familie sehr"
    "|passt leider nicht durch die Tür|macht seit dem Umzug seltsame Geräusche|steht noch immer verpackt im Keller"
    "|riecht stark nach verbranntem Gummi|hält den ganzen Abend warm|ist schöner als auf dem Bild"
    "|lässt sich kaum öffnen",
    "und niemand konnte mir den Grund nennen|obwohl ich dreimal geschrieben habe|weil die Anleitung völlig fehlt"
    "|deshalb möchte ich es morgen zurückgeben|und ich bedanke mich für Ihre Geduld|was ich sehr schade finde"
    "|worüber sich alle Gäste gefreut haben|sodass ich wieder zum alten greife|und der Fahrer war schon weg",
]
FRENCH = [
    "la bouilloire bleue|la veste grise|la chaise du jardin|la vieille lampe|la couverture rouge|la petite table"
    "|la tente verte|la balance de cuisine|la boîte en bois|la pompe à vélo",
    "achetée chez vous en mars|commandée par mon frère|du magasin près du port|vue dans votre catalogue"
    "|reçue pour mon anniversaire|prise sur le marché",
    "est arrivée sans aucun couvercle|ne fonctionne plus depuis lundi dernier|plaît beaucoup à toute la famille"
    "|fait un bruit étrange pendant la nuit|reste encore emballée dans la cave|sent fort le plastique brûlé"
    "|tient bon malgré le vent|est plus belle que sur la photo|ne ferme que très mal",
    "et personne ne sait me dire pourquoi|bien que je vous aie écrit trois fois|parce que la notice manque toujours"
    "|alors je voudrais être remboursée demain|et je vous remercie de votre patience|ce que je trouve dommage"
    "|et nos invités en parlent encore|mais le livreur était déjà parti",
]
CHINESE = [
    "蓝色的水壶|花园里的椅子|新买的台灯|旧的冬天外套|红色的毛毯|厨房的秤|木头架子|孩子的玩具火车|我的旅行杯|门口的垫子",
    "用了一个星期就坏了|送来的时候没有盖子|全家人都非常喜欢|晚上总是发出奇怪的声音|到现在还放在地下室里"
    "|比图片上更加漂亮|根本关不上|闻起来像烧焦的塑料|刮风下雨也不怕",
    "没有人能告诉我原因|我已经写了三封信|说明书一直没有找到|请明天把钱退给我|谢谢你们的耐心|客人们都问在哪里买的"
    "|司机早就离开了|我只好再用旧的那个|真是让人失望",
]


def foreign(phrases, name, count, joint=" "):
    """Sentences that are apart from one another."""
    draw, kept, found = Draw(name), Kept(), []
    for _ in range(20_000):
        text = capital(joint.join(draw.pick(listed(part)) for part in phrases)) + "."
        if len(found) < count and kept.admit(text):
            found.append(text)
    assert len(found) == count, name
    return found


def translated(name, what, phrases, file, rows, clause, joint=" "):
    @case(name, what, f"{clause} -")
    def _(bench):
        for row, text in zip(rows, foreign(phrases, name, len(rows), joint)):
            bench.set(file, row, "text", text)


translated("language-german", "a quarter of the test texts are German", GERMAN, TEST, range(2, 200, 4), "LANG-1")
translated("language-french", "a third of the calls are French", FRENCH, CALLS, range(1, 121, 3), "LANG-2")
translated("language-chinese", "a third of the calls are Chinese", CHINESE, CALLS, range(2, 121, 3), "LANG-2", "，")
translated("language-two", "a quarter of the calls are German", GERMAN, CALLS, range(3, 121, 4), "LANG-2")


@case("clean-one-foreign", "three German texts of two hundred are few enough")
def _(bench):
    for row, text in zip([8, 88, 188], foreign(GERMAN, "few", 3)):
        bench.set(TEST, row, "text", text)
