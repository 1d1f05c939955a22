//! Cases 83 to 86: data.

use super::bench::Bench;
use super::outputs::{Page, pages};
use super::process::Seen;
use super::{Case, Must, case};
use std::io::Write;

/// A standard of one table, and a small sound model.
fn table(bench: &mut Bench, file: &str, columns: &str) {
    bench.standard(&format!(
        "standard data 1.0.0 {{\n  model m = mlp.TabularClassifier\n  dataset d {{\n    {columns}\n    \
         split test from \"{file}\"\n  }}\n  clause ARCH-1 must {{ conforms(m) }}\n  \
         clause ROWS-1 must {{ rows(d.test) >= 1 }}\n  clause DATA-1 should {{ schema(d) }}\n}}\n"
    ));
    bench.model("tabular-mlp");
}

fn lines(bench: &mut Bench, bytes: &[u8]) {
    table(bench, "d.jsonl", "id: int\n    text: text");
    std::fs::write(bench.path("d.jsonl"), bytes).unwrap();
}

/// What a spreadsheet would take for a formula.
const FORMULAS: [&str; 6] = ["=HYPERLINK(\"http://x\",\"y\")", "@SUM(1+1)", "\t=1+1", "\r=1+1", "+1+1", "-1+1"];

/// Classes that the standard does not know are quoted in findings; no report has a cell that begins as a formula does.
fn formulas(bench: &mut Bench) -> Result<Seen, String> {
    table(bench, "d.csv", "id: int\n    label: class {yes, no}");
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let rows: String = FORMULAS.iter().zip(1..).map(|(text, row)| format!("{row},{}\n", quoted(text))).collect();
    std::fs::write(bench.path("d.csv"), format!("id,label\n{rows}7,yes\n")).unwrap();
    let seen = bench.certify();
    for Page { format, text } in pages(bench)? {
        if format == "csv" && text.lines().any(|line| line.starts_with(['=', '@', '+', '-', '\t', '\r'])) {
            return Err(format!("{format} has a cell that begins a formula"));
        }
        if format != "json" && text.contains(['\t', '\r']) {
            return Err(format!("{format} has a raw tab or carriage return"));
        }
    }
    Ok(seen)
}

pub fn cases() -> Vec<Case> {
    vec![
        case(83, "csv: `=HYPERLINK`, `@SUM`, TAB/CR lead in item text", Must::Inert).act("", "", formulas),
        case(84, "jsonl: 1 GB line / invalid UTF-8 / lone surrogate", Must::Limit)
            .certify("limit_exceeded", "1 GB line", |bench| {
                lines(bench, b"{\"id\":1,\"text\":\"");
                let mut file = std::fs::OpenOptions::new().append(true).open(bench.path("d.jsonl")).unwrap();
                file.write_all(b"a").unwrap();
                // Holes: what is not stored reads as NUL.
                file.set_len(1 << 30).unwrap();
            })
            .certify("malformed_data", "invalid UTF-8", |bench| lines(bench, b"{\"id\":1,\"text\":\"\xff\xfe\"}\n"))
            .certify("malformed_data", "lone surrogate", |bench| lines(bench, b"{\"id\":1,\"text\":\"\\ud800\"}\n")),
        parquet(),
        case(86, "parquet: num_values 10^9 in 300 B; 42 kB bomb", Must::Limit)
            .certify("malformed_data", "num_values", |bench| {
                written(bench, &File { values: 1_000_000_000, ..File::default() });
            })
            .certify("malformed_data", "bomb", |bench| {
                // One run of as many references to one entry.
                let count = 1_000_000_000;
                let mut data = vec![1];
                data.extend(varint((count << 1) as u64));
                data.push(0);
                written(bench, &File { values: count, rows: count, data, entries: 1, ..File::default() });
            }),
    ]
}

/// A Parquet file of one optional column of 32-bit numbers, with what it may say that is not so.
struct File {
    values: i64,
    rows: i64,
    /// Bytes of the page.
    data: Vec<u8>,
    /// Entries of a dictionary, all nought, that the page refers to; none where it holds the numbers.
    entries: usize,
    /// Length that the page says, less what it has.
    page: i64,
    /// Codec of the column: 0 none, 1 snappy.
    codec: i64,
    /// Place of the page, where it is another.
    place: Option<i64>,
    /// Children that the root says it has.
    children: i64,
    /// Length of the footer, where it is another.
    footer: Option<u32>,
    /// Last bytes.
    magic: &'static [u8],
}

impl Default for File {
    fn default() -> File {
        let data = vec![1, 0, 0, 0, 2, 0, 0, 0];
        File {
            values: 2,
            rows: 2,
            data,
            entries: 0,
            page: 0,
            codec: 0,
            place: None,
            children: 1,
            footer: None,
            magic: b"PAR1",
        }
    }
}

/// A field of a compact Thrift structure.
fn field(kind: u8, value: &[u8]) -> Vec<u8> {
    [&[0x10 | kind], value].concat()
}

fn zigzag(number: i64) -> Vec<u8> {
    varint((number << 1 ^ number >> 63) as u64)
}

fn varint(mut left: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while left >= 0x80 {
        out.push(left as u8 | 0x80);
        left >>= 7;
    }
    out.push(left as u8);
    out
}

fn int(number: i64) -> Vec<u8> {
    field(5, &zigzag(number))
}

fn long(number: i64) -> Vec<u8> {
    field(6, &zigzag(number))
}

fn text(text: &str) -> Vec<u8> {
    field(8, &[&[text.len() as u8], text.as_bytes()].concat())
}

/// A field further on than the next: by `by`.
fn skip(by: u8, field: &[u8]) -> Vec<u8> {
    [&[by << 4 | field[0] & 0xf], &field[1..]].concat()
}

fn list(kind: u8, items: &[Vec<u8>]) -> Vec<u8> {
    field(9, &[vec![(items.len() as u8) << 4 | kind], items.concat()].concat())
}

fn structure(fields: &[Vec<u8>]) -> Vec<u8> {
    [fields.concat(), vec![0]].concat()
}

impl File {
    fn bytes(&self) -> Vec<u8> {
        let length = self.data.len() as i64 + self.page;
        // num_values, encoding PLAIN or RLE_DICTIONARY, definition and repetition levels RLE.
        let encoding = if self.entries > 0 { 8 } else { 0 };
        let page = structure(&[int(self.values), int(encoding), int(3), int(3)]);
        let header = structure(&[int(0), int(length), int(length), skip(2, &field(12, &page))]);
        let dictionary = self.dictionary();
        let total = (dictionary.len() + header.len() + self.data.len()) as i64;
        let root = structure(&[skip(4, &text("schema")), int(self.children)]);
        let column = structure(&[int(1), skip(2, &int(0)), text("n")]);
        let mut meta = vec![
            int(1),
            list(5, &[zigzag(0)]),
            list(8, &[b"\x01n".to_vec()]),
            int(self.codec),
            long(self.values),
            long(total),
            long(total),
            skip(2, &long(self.place.unwrap_or(4 + dictionary.len() as i64))),
        ];
        if self.entries > 0 {
            meta.push(skip(2, &long(4)));
        }
        let chunk = structure(&[skip(2, &long(4)), field(12, &structure(&meta))]);
        let group = structure(&[list(12, &[chunk]), long(total), long(self.rows)]);
        let footer = structure(&[int(1), list(12, &[root, column]), long(self.rows), list(12, &[group])]);
        let length = self.footer.unwrap_or(footer.len() as u32).to_le_bytes();
        [b"PAR1", &dictionary[..], &header, &self.data, &footer, &length, self.magic].concat()
    }

    /// The page of the dictionary, if there is one.
    fn dictionary(&self) -> Vec<u8> {
        let length = 4 * self.entries as i64;
        let page = structure(&[int(self.entries as i64), int(0)]);
        let header = structure(&[int(2), int(length), int(length), skip(4, &field(12, &page))]);
        if self.entries == 0 { Vec::new() } else { [header, vec![0; 4 * self.entries]].concat() }
    }
}

fn written(bench: &mut Bench, file: &File) {
    table(bench, "d.parquet", "n: int");
    std::fs::write(bench.path("d.parquet"), file.bytes()).unwrap();
}

fn parquet() -> Case {
    case(85, "parquet: bad_data x 8", Must::Reject)
        .certify("malformed_data", "length of the footer", |bench| {
            written(bench, &File { footer: Some(1 << 30), ..File::default() });
        })
        .certify("malformed_data", "negative length of the footer", |bench| {
            written(bench, &File { footer: Some(u32::MAX), ..File::default() });
        })
        .certify("malformed_data", "last bytes", |bench| written(bench, &File { magic: b"PAR2", ..File::default() }))
        .certify("malformed_data", "place of a page", |bench| {
            written(bench, &File { place: Some(1 << 40), ..File::default() })
        })
        .certify("malformed_data", "negative length of a page", |bench| {
            written(bench, &File { page: -1_000, ..File::default() });
        })
        .certify("malformed_data", "length of a page", |bench| {
            written(bench, &File { page: 1 << 30, ..File::default() })
        })
        .certify("malformed_data", "children that are not there", |bench| {
            written(bench, &File { children: 1_000_000, ..File::default() });
        })
        .certify("malformed_data", "codec that it is not", |bench| {
            written(bench, &File { codec: 1, ..File::default() })
        })
        .certify("malformed_data", "noise", |bench| {
            table(bench, "d.parquet", "n: int");
            let noise = bench.noise(1_000);
            let bytes = [b"PAR1", &noise[..], &600_u32.to_le_bytes(), b"PAR1"].concat();
            std::fs::write(bench.path("d.parquet"), bytes).unwrap();
        })
}

/// The plain files of [`File`] are sound ones, so that what the cases change is what they are refused for.
#[test]
fn the_plain_tables_are_read() {
    for file in [File::default(), File { data: vec![1, 2 << 1, 0], entries: 1, ..File::default() }] {
        let mut bench = Bench::new(85);
        written(&mut bench, &file);
        let seen = bench.certify();
        assert_eq!(seen.code, 0, "{}{}{:?}", seen.out, seen.err, seen.faults);
    }
}
