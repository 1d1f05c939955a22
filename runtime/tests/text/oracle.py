"""Expected values of the measures of text data, by independent references, for runtime/tests/all/text_tools.rs.

    python oracle.py oracle.json

Normal forms, lower case and stripping are those of Python's unicodedata and str; band parameters those of datasketch;
hashes those of xxhash, with the words and the rolling sum written again here; shared grams those of the janitor of
lm-evaluation-harness, whose normalisation and splitting are restated; identity numbers, cards and IBANs are checked by
python-stdnum, telephone numbers by phonenumbers, IP addresses by ipaddress. The golden in this folder was made with
Python 3.11 (Unicode 14), datasketch 2.0.0, xxhash 4.1.0, SciPy 1.17.1, python-stdnum 2.2 and phonenumbers 9.0.43.
"""

import argparse
import collections
import importlib
import ipaddress
import json
import random
import string
import unicodedata

import phonenumbers
import stdnum.iban
import stdnum.luhn
import xxhash
from datasketch.lsh import _optimal_param
from scipy.integrate import quad

MASK = 2**64 - 1
BASE = 0xD6E8FEB86659FD93


# ---- normal forms ----------------------------------------------------------------------------------------------------

NORMAL = [
    "", " ", "plain text", "Ångström ångström Å", "e\u0301le\u0300ve", "ﬁnﬂow ﬀ", "①②③ ½ ²", "ＦＵＬＬ ｗｉｄｔｈ　１２３",
    "한국어", "\u1112\u1161\u11ab\u1100\u116e\u11a8", "が", "か\u3099", "ｶﾞ", "ﷺ", "ẛ̣", "ΑΣΟΣ ΟΔΟΣ", "Σ", "ΣΑΣ.", "ΑΣ\u0301 Β",
    "İSTANBUL Iıİi", "STRASSE ẞ ß", "ǅ ǈ", "\ttabs\tand\nlines\r\n here ", "zero\u200bwidth \u00adsoft", "bell\x07 and \x00 null",
    "\u00a0no-break\u2003em\u3000wide ", "\x1cfile\x1d", "a\x85b", "\u2028line\u2029paragraph", "Ⅷ ℌ ℡ ㏂", "q\u0307\u0323",
    "😀👩‍👩‍👧", "नि क्षि", "ไทย ำ", "Việt Nam tiếng Việt", "Ｅ́", "Ω K Å", "ΆΈΉ", "ŉ ǰ", "Ⴀ Ა Ꭰ", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢", "x" * 50 + "\u0301" * 40,
]


def clean(text):
    return " ".join("".join(c for c in text if unicodedata.category(c) != "Cc" or c in "\t\n\r").split())


def random_texts(count):
    """Characters that were assigned before Unicode 14, of many blocks, combining marks often."""
    source = random.Random(7)
    pool = [
        chr(c)
        for low, high in [(0, 0x250), (0x300, 0x370), (0x370, 0x530), (0x5D0, 0x600), (0x620, 0x660), (0x900, 0xA00),
                          (0xE00, 0xE80), (0x1100, 0x1200), (0x1E00, 0x2070), (0x2100, 0x2200), (0x2460, 0x2500),
                          (0x3000, 0x3100), (0x3300, 0x3400), (0xAC00, 0xAC80), (0xF900, 0xFA00), (0xFB00, 0xFC00),
                          (0xFF00, 0xFFF0), (0x1D400, 0x1D500)]
        for c in range(low, high)
        if unicodedata.category(chr(c)) not in ("Cn", "Cs", "Co")
    ]
    marks = [c for c in pool if unicodedata.combining(c)]
    return ["".join(source.choice(marks if source.random() < 0.3 else pool) for _ in range(30)) for _ in range(count)]


def normal_cases():
    steps = {
        "nfc": lambda text: unicodedata.normalize("NFC", text),
        "nfd": lambda text: unicodedata.normalize("NFD", text),
        "nfkc": lambda text: unicodedata.normalize("NFKC", text),
        "clean": clean,
        "lower": str.lower,
        "strip": str.strip,
    }
    return [dict(text=text, **{name: step(text) for name, step in steps.items()}) for text in NORMAL + random_texts(60)]


# ---- words, shingles, grams ------------------------------------------------------------------------------------------

ALONE = [(0xE00, 0xEFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3005, 0x3007), (0x3041, 0x30FF), (0x31F0, 0x31FF),
         (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0xFF66, 0xFF9D), (0x20000, 0x3FFFF)]


def alone(c):
    return any(low <= ord(c) <= high for low, high in ALONE)


def lower(word):
    return "".join(c.lower() for c in word).replace("ς", "σ")


def words(text):
    found, current = [], ""
    for c in text + " ":
        is_part = c.isalnum() or unicodedata.category(c)[0] == "M"
        if is_part and not alone(c):
            current += c
            continue
        if current:
            found.append(current)
        current = ""
        if is_part:
            found.append(c)
    return [lower(word) for word in found]


def mix(value):
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB & MASK
    return value ^ (value >> 31)


def runs(found, n):
    hashes = [xxhash.xxh3_64_intdigest(word.encode()) for word in found]
    sums = []
    for at in range(len(hashes) - n + 1 if n else 0):
        value = 0
        for word in hashes[at : at + n]:
            value = (value * BASE + word) & MASK
        sums.append(mix(value))
    return sums


def shingles(text):
    found = words(text)
    return runs(found, min(len(found), 5))


SEED, STEP = 0x6C6D7374642D6D68, 0x9E3779B97F4A7C15
NUMBERS = [mix((SEED + STEP * (at + 1)) & MASK) & 0xFFFFFFFF for at in range(256)]


def signature(text):
    lows = [shingle & 0xFFFFFFFF for shingle in shingles(text)]
    return [min(((NUMBERS[i] | 1) * x + NUMBERS[128 + i]) & 0xFFFFFFFF for x in lows) for i in range(128)] if lows else None


def bands(signature, count, rows):
    hashes = []
    for band in range(count):
        value = mix(band + 1)
        for place in signature[band * rows : (band + 1) * rows]:
            value = mix(value ^ place)
        hashes.append(value)
    return hashes


SENTENCES = [
    "The quick brown fox jumps over the lazy dog, and then it sleeps until the evening.",
    "the quick brown fox jumps over the lazy dog and then it sleeps until morning",
    "Don't panic!", "one two three four five", "A", "…", "", "l'été à l’Étang: où êtes-vous allés, mes chers amis d'hier?",
    "Straße und Gasse – zwei Wörter für fast dasselbe, sagt ΟΔΟΣ.", "今天天气很好，我们去公园散步吧。", "今天天气很好，我们去公园跑步吧。",
    "これはテストです", "한국어 문장 하나 둘 셋 넷 다섯", "नमस्ते दुनिया यह एक परीक्षण वाक्य है", "ภาษาไทย", "x1 y2 z3 x1 y2 z3 x1 y2 z3",
    "e\u0301tude numéro 5 in C major, opus 10", "Grüße_an ALLE: 3.14 und 2,71!",
]


def janitor(text, n):
    """Janitor.normalize_string and word_ngrams of lm_eval/decontamination/janitor.py."""
    table = str.maketrans(string.ascii_lowercase + string.ascii_uppercase, string.ascii_lowercase * 2, string.punctuation)
    tokens = text.translate(table).split()
    return [" ".join(tokens[at : at + n]) for at in range(len(tokens) - n + 1)]


ROWS = [
    "On Tuesday the committee met in Oslo, where (after a short break) it voted on the budget for rivers, roads and schools",
    "Late news: on Tuesday the committee met in Oslo -- where after a short-break it voted on the budget for rivers!",
    "It's a well-known fact that no two snow-flakes are alike; still, nobody has ever checked all of them.",
    "Its a wellknown fact that no two snowflakes are alike still nobody has ever checked all of them!",
    "  ;; Isn't this  *very* odd,, ... ,,  spacing?  -- end.  ", "too short",
]


def gram_cases():
    cases = []
    for n in (1, 3, 5, 13):
        for left in ROWS:
            for right in ROWS:
                one, other = set(janitor(left, n)), set(janitor(right, n))
                cases.append(dict(left=left, right=right, n=n, all=len(one), shared=len(one & other)))
    return cases


def exact_grams():
    cases = []
    for text in ROWS:
        tokens = [gram for gram in janitor(text, 1)]
        cases += [dict(text=text, n=n, grams=[str(gram) for gram in runs(tokens, n)]) for n in (1, 2, 13)]
    return cases


def minhash_cases():
    cases = []
    for text in SENTENCES:
        signed = signature(text)
        case = dict(text=text, set=[str(shingle) for shingle in sorted(set(shingles(text)))], signature=signed)
        if signed:
            case["bands"] = [str(value) for value in bands(signed, 9, 13)]
        cases.append(case)
    return cases


def band_cases():
    thresholds = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.99]
    cases = []
    for threshold in thresholds:
        count, rows = _optimal_param(threshold, 128, 0.5, 0.5)
        finding = finding_bands(threshold, 0.95)
        cases.append(dict(threshold=threshold, bands=count, rows=rows, finding=finding))
    return cases


def finding_bands(threshold, recall):
    """The fewest wrong proposals, by SciPy's quadrature, among divisions that find the threshold with this probability."""
    proposed = lambda s, b, r: 1 - (1 - s**r) ** b
    fitting = [
        (quad(proposed, 0, threshold, args=(b, r))[0], b, r)
        for b in range(1, 129)
        for r in range(1, 128 // b + 1)
        if proposed(threshold, b, r) >= recall
    ]
    return list(min(fitting)[1:]) if fitting else [128, 1]


# ---- personal data ---------------------------------------------------------------------------------------------------

# What is found, with the module of python-stdnum that must accept it; the text holds it at `{}`.
POSITIVE = [
    ("email", None, "Write to {} for help.", "jane.doe@example.org"),
    ("email", None, "mailto:{}?subject=hi", "info@uni-muenchen.de"),
    ("email", None, "我的邮箱是{}，谢谢", "li_ming88@qq.com"),
    ("email", None, "<{}>", "o'brien+news@mail.example.co.uk"),
    ("email", None, "{}.", "x@y.io"),
    ("email", None, "Kontakt ({}) oder", "max_mustermann@xn--mnchen-3ya.de"),
    ("card", "luhn", "My Visa is {} ok", "4111 1111 1111 1111"),
    ("card", "luhn", "card:{}", "4111111111111111"),
    ("card", "luhn", "{} exp 12/27", "5555-5555-5555-4444"),
    ("card", "luhn", "amex {}.", "3782 822463 10005"),
    ("card", "luhn", "amex {}", "378282246310005"),
    ("card", "luhn", "diners {}", "30569309025904"),
    ("card", "luhn", "JCB {},", "3530111333300000"),
    ("card", "luhn", "discover={}", "6011000990139424"),
    ("card", "luhn", "paid 300 {} yesterday", "2223 0031 2200 3222"),
    ("card", "luhn", "卡号是{}。", "6212345678901232"),
    ("card", "luhn", "old card number {}", "4222222222222"),
    ("card", "luhn", "{} 12/26 123", "4242 4242 4242 4242"),
    ("iban", "iban", "IBAN: {}", "DE89 3704 0044 0532 0130 00"),
    ("iban", "iban", "IBAN {}.", "GB82WEST12345698765432"),
    ("iban", "iban", "send to {} BANK OF X", "FR1420041010050500013M02606"),
    ("iban", "iban", "({})", "NL91 ABNA 0417 1643 00"),
    ("iban", "iban", "账号{}请", "CH9300762011623852957"),
    ("iban", "iban", "{}", "NO9386011117947"),
    ("iban", "iban", "a {} B", "ES91 2100 0418 4502 0005 1332"),
    ("iban", "iban", "{};", "MT84MALT011000012345MTLCAST001S"),
    ("national_id", "us.ssn", "SSN {}", "536-90-4399"),
    ("national_id", "us.ssn", "born 1980, {}, Ohio", "123-45-6789"),
    ("national_id", "us.ssn", "Social Security number is {}", "536904399"),
    ("national_id", "cn.ric", "身份证号{}。", "11010519491231002X"),
    ("national_id", "cn.ric", "id {}", "360426199101010071"),
    ("national_id", "es.dni", "DNI {}", "54362315K"),
    ("national_id", "es.dni", "mi DNI es {}.", "12345678-Z"),
    ("national_id", "es.nie", "NIE: {}", "X2482300W"),
    ("national_id", "es.nie", "{}", "Y-1234567-X"),
    ("national_id", "it.codicefiscale", "CF {}", "RCCMNL83S18D969H"),
    ("national_id", "it.codicefiscale", "cf: {}", "rssmra85t10a562s"),
    ("national_id", "fr.nir", "NIR {}", "2 95 10 99 126 111 93"),
    ("national_id", "fr.nir", "sécu {}", "253072B07300470"),
    ("national_id", "fr.nir", "n° {}", "295109912611193"),
    ("national_id", "de.idnr", "Steuer-ID {}", "36 574 261 809"),
    ("national_id", "de.idnr", "IdNr. {}", "36574261809"),
    ("national_id", "nl.bsn", "BSN: {}", "111222333"),
    ("national_id", "nl.bsn", "Mijn burgerservicenummer is {}", "1112.22.333"),
    ("national_id", "in_.aadhaar", "Aadhaar {}", "2341 2341 2346"),
    ("national_id", "in_.aadhaar", "my aadhaar no. {}", "234123412346"),
    ("national_id", None, "NINO {}", "AB123456C"),
    ("national_id", None, "({})", "QQ 12 34 56 C".replace("QQ", "JM")),
    ("phone", "GB", "Call {} now", "+44 20 7946 0958"),
    ("phone", "GB", "call {}!", "+44 (0)20 7946 0958"),
    ("phone", "US", "{}", "+1 (212) 736-5000"),
    ("phone", "US", "ring +1 times? {} ok", "+12127365000"),
    ("phone", "US", "Phone me: {}.", "(212) 736-5000"),
    ("phone", "US", "or {} ext 5", "212-736-5000"),
    ("phone", "US", "or {},", "212.736.5000"),
    ("phone", "US", "dial {}", "1-800-275-2273"),
    ("phone", "DE", "{}", "+49 151 23456789"),
    ("phone", "DE", "Tel. {}", "030/123456"),
    ("phone", "DE", "mobil: {}", "0151 23456789"),
    ("phone", "FR", "appelez le {} svp", "01 42 68 53 00"),
    ("phone", "FR", "{}", "06.12.34.56.78"),
    ("phone", "GB", "{}", "07700 900123"),
    ("phone", "GB", "office {}", "020 7946 0958"),
    ("phone", "CN", "请打{}联系", "138-1234-5678"),
    ("phone", "CN", "电话:{}", "13812345678"),
    ("phone", "CN", "手机号码是{}", "138 1234 5678"),
    ("phone", "CN", "{}", "010-62345678"),
    ("phone", "JP", "{}", "03-1234-5678"),
    ("phone", "IN", "WhatsApp {}", "9876543210"),
    ("phone", "IN", "{}", "+91 98765 43210"),
    ("phone", "DE", "dial {}", "0049 30 901820"),
    ("ip", 4, "from {} port 22", "203.0.113.77"),
    ("ip", 4, "http://{}/index", "93.184.216.34"),
    ("ip", 4, "{}:8080", "192.168.10.20"),
    ("ip", 6, "host {}.", "2001:db8:85a3::8a2e:370:7334"),
    ("ip", 6, "{}", "2a02:810d:8fc0:1d5c:3c4e:9f11:7a2b:1c0d"),
    ("ip", 6, "[{}]:443", "fe80::1ff:fe23:4567:890a"),
]

NEGATIVE = [
    "", "Plain prose without any numbers at all.", "The year 2024 was the warmest on record.", "It costs $1,299.99 plus tax.",
    "1 234 567,89 €", "Revenue rose by 12.5% to 1,234,567,890 dollars.", "2024-01-15 10:30:00", "15.01.2024", "01/02/2024",
    "01.02.2024 10.30", "05/2023-06/2023", "2019-2021", "born 1990-2000, see pp. 123-145", "ISBN 978-3-16-148410-0",
    "ISBN 0-306-40615-2", "ISBN-10: 0306406152", "ISBN 9780306406157", "EAN 4006381333931", "4006381333931",
    "550e8400-e29b-41d4-a716-446655440000", "12345678-1234-1234-1234-123456789012", "00000000-0000-4000-8000-000000000000",
    "d41d8cd98f00b204e9800998ecf8427e", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709", "#4111111", "colour #ff00ff", "version 1.2.3.4", "v10.20.30.40",
    "Chrome/12.34.56.78 Safari", "1.2.3.4", "firmware 10.12.14.156", "section 10.11.12.13", "OID 1.3.6.1.4.1.311.21.20",
    "300.400.500.600", "127.0.0.1", "0.0.0.0", "255.255.255.0", "std::fs::File and a::b::c", "12:30:45", "dead::beef",
    "aspect ratio 16:9:4", "EXIF 2024:01:15 10:20:30", "00:1a:2b:3c:4d:5e", "user@host", "@jane and @john", "icon@2x.png",
    "git@github.com:owner/repository.git", "https://user:secret@host.org/", "npm i @scope/package@1.2.3", "a @ b . com",
    "pi is 3.14159265358979323846", "0.4111111111111111", "4111111111111111.5", "4111 1111 1111 1112", "4111111111111112",
    "1609459200000", "1609459200123456", "tweet 1234567890123456789", "https://x.com/a/status/4111111111111111",
    "1234567890123456", "0000 0000 0000 0000", "DE89 3704 0044 0532 0130 01", "GB82WEST12345698765433", "XX82WEST12345698765432",
    "SERIAL AB12CDEF34567890", "000-12-3456", "666-12-3456", "900-12-3456", "123-00-4567", "123-45-0000", "078-05-1120",
    "SSN of nine digits", "123456789", "123 45 6789", "110105194912310021", "11010519491331002X", "12345678A", "20240115T101500Z",
    "X2482300A", "RCCMNL83S18D969A", "295109912611199", "36574261890", "12345678901", "BSN 111222334", "111222333",
    "2341 2341 2347", "234123412346", "2341 2341 2346 2341", "GB123456A", "AB123456E", "phone 2019-2021", "Tel 911",
    "the phone cost 1 299 000", "hotel 12345678", "02139-4307", "12345-6789", "+1 000 000 000", "+5 000 000", "+500 000 000",
    "1e+100000000", "x = 5 +12345678", "T10:00:00+0100", "the range 100-200 300", "10 20 30 40 50", "scores: 21-15, 15-21, 21-19",
    "3.141.592", "1 000 000 000 000", "call me in 10 minutes", "13812345678", "9876543210", "lat 51.5074, lon -0.1278",
    "doi:10.1000/182", "arXiv:2101.00001v2", "ISO 8601-1:2019", "RFC 5321", "A4 210 x 297 mm", "E=mc2", "Room 0123-B",
    "order no. 00012345", "invoice 2024/000123", "flight LH1234 gate B27", "IC 5001-2", "M3.5x12", "50-50", "24/7", "1990s",
    "第3章 第15节", "价格是1234.56元", "2024年1月15日", "人口1,400,000,000", "Nr. 5 in c-Moll, op. 67", "Ps 119:105", "9/11",
    "0x7fffffff", "0123456789abcdef", "1111111111111111", "12,345,678.90", "(1998) 45 123-130", "vol. 12, no. 3, pp. 1-20",
]

WRONG = {
    "luhn": ["4111 1111 1111 1112", "4111111111111112"], "iban": ["DE89 3704 0044 0532 0130 01", "GB82WEST12345698765433"],
    "us.ssn": ["000-12-3456", "666-12-3456", "900-12-3456", "123-00-4567", "123-45-0000", "078-05-1120"],
    "cn.ric": ["110105194912310021", "11010519491331002X"], "es.dni": ["12345678A"], "es.nie": ["X2482300A"],
    "it.codicefiscale": ["RCCMNL83S18D969A"], "fr.nir": ["295109912611199"], "de.idnr": ["36574261890", "12345678901"],
    "nl.bsn": ["111222334"], "in_.aadhaar": ["2341 2341 2347"],
}

# Other spellings of the same check, counted over many random numbers: (module, digits).
COUNTED = [("luhn", 16), ("in_.aadhaar", 12), ("de.idnr", 11), ("nl.bsn", 9)]


def accepted(module, number):
    if module == "luhn":
        return stdnum.luhn.is_valid(number.replace(" ", "").replace("-", ""))
    return importlib.import_module("stdnum." + module).is_valid(number)


def personal_cases():
    cases = []
    for kind, check, text, number in POSITIVE:
        if kind in ("card", "iban") or (kind == "national_id" and check):
            assert accepted(check, number), (check, number)
        if kind == "phone":
            assert phonenumbers.is_possible_number(phonenumbers.parse(number, check)), number
        if kind == "ip":
            assert ipaddress.ip_address(number).version == check
        cases.append(dict(text=text.replace("{}", number), kind=kind, found=number))
    for module, numbers in WRONG.items():
        for number in numbers:
            assert not accepted(module, number), (module, number)
    assert len(cases) >= 40 and len(NEGATIVE) >= 60
    return dict(positive=cases, negative=NEGATIVE, generated=generated())


def generated():
    """Random numbers in forms that the scanner reads without a word before them, and whether python-stdnum takes them."""
    source, cases = random.Random(11), []
    spell = {
        "luhn": lambda d: "4" + d[1:],
        "in_.aadhaar": lambda d: "{}{} {} {}".format(source.choice("23456789"), d[1:4], d[4:8], d[8:]),
        "de.idnr": lambda d: d,
        "nl.bsn": lambda d: "BSN " + d,
    }
    for module, count in COUNTED:
        done = collections.Counter()
        while min(done[True], done[False]) < 25:
            digits = "".join(source.choice(string.digits) for _ in range(count))
            if module == "de.idnr":
                digits = "".join(source.sample(string.digits, 10))
                at = source.randrange(10)
                digits = digits[:at] + source.choice(string.digits) + digits[at + 1 :] + source.choice(string.digits)
            text = spell[module](digits)
            valid = accepted(module, text.removeprefix("BSN "))
            if done[valid] < 25:
                done[valid] += 1
                cases.append(dict(text=text, valid=valid))
    return cases


# ---- encoding --------------------------------------------------------------------------------------------------------

SOUND = [
    "", "plain", "Élève, où êtes-vous ? Là-bas, à l’été.", "«CAFÉ»", "très « voilà »".replace("« ", "«\u00a0").replace(" »", "\u00a0»"),
    "„groß“ und ‚süß‘", "Straße…", "Größe: 5 Å²", "AMANHÃ…", "MANHÃ”", "NÃO é possível, coração", "ÂMBITO", "IRMÃ", "está»… sí", "«está»…",
    "3×½", "Nº 5, 2ª edição", "Úžasné ÚŽASNÉ", "PŘÍŠERNÉ Íščan", "Æsop’s Ærø…", "20 °C ± 2 µm", "£5 €6 ¥7", "50 % – 60 %", "你好，世界！", "これは「テスト」です。",
    "Привет, мир — «да»", "Γειά σου Κόσμε", "שלום", "مرحبا", "Việt Nam đẹp", "İstanbul’da ığdır", "Łódź, żółć", "😀👍🏽", "naïve façade – “quote”", "\ufeffmark at the start",
    "Ångström Å", "ÿ Ÿ", "ÉTÉ’", "SÍ…", "BRÅ»", "„Ä“", "ça va…»", "l’à-propos",
]
BROKEN = [
    "café", "it’s", "£5", "20°C", "à la carte", "“hi”", "😀", "привет", "你好", "über", "Señor", "naïve", "ş", "José", "École", "François",
    "m²", "Ôtre", "straße", "日本語", "Łódź", "żółć", "tiếng Việt", "Γειά", "שלום", "مرحبا", "50 – 60", "…", "• one", "→ two", "½ cup",
    "€ 5", "™", "한국어", "हिन्दी", "ﬁ", "\ufeffid", "«\u00a0Bonjour\u00a0»",
]


def misread(text, codec):
    """UTF-8 read as Latin-1, or as Windows-1252 as browsers have it: bytes without a character are control characters."""
    if codec == "latin-1":
        return text.encode().decode("latin-1")
    return "".join(bytes([b]).decode("cp1252") if b not in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else chr(b) for b in text.encode())


def encoding_cases():
    broken = [misread(text, codec) for text in BROKEN for codec in ("cp1252", "latin-1")]
    for text in SOUND + BROKEN:
        assert text == text.encode().decode()
    return dict(sound=SOUND, broken=sorted(set(broken)))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", help="the file of expected values to write")
    output = parser.parse_args().output
    cases = dict(
        normal=normal_cases(), minhash=minhash_cases(), bands=band_cases(), grams=exact_grams(), shared=gram_cases(),
        personal=personal_cases(), encoding=encoding_cases(),
    )
    with open(output, "w", encoding="utf-8") as file:
        json.dump(cases, file, ensure_ascii=True, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
