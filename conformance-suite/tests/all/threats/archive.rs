//! Cases 46 to 51: zip archives.

use super::bench::Bench;
use super::build::{Member, deflated_zeros, dict, member, tensor, torch, zip};
use super::{Case, Must, case};

/// A sound config, and PyTorch's archive with a change.
fn archive(bench: &Bench, change: impl FnOnce(&mut Vec<Member>)) {
    bench.model("tabular-mlp");
    std::fs::remove_file(bench.submitted("model.safetensors")).unwrap();
    let mut members = torch(&dict(&[("a", tensor(6, 0, &[6], &[1]))]));
    change(&mut members);
    bench.file("pytorch_model.bin", zip(&members));
}

fn flags(bench: &Bench, flags: u16) {
    archive(bench, |members| members[2].flags = flags);
}

fn name(bench: &Bench, name: &str) {
    archive(bench, |members| members.push(member(name, b"x")));
}

/// Zeros packed a thousand to one.
fn packed(name: &str) -> Member {
    let length = 258 * 40_000 + 1;
    let crc = crc32fast::hash(&vec![0; length]);
    let data = deflated_zeros(length);
    assert!(length / data.len() >= 150, "{}", length / data.len());
    Member { method: 8, crc: Some(crc), length: Some(length as u32), ..member(name, &data) }
}

pub fn cases() -> Vec<Case> {
    vec![
        case(46, ".pt zip: bad CRC, flag bits 0x1/0x20/0x40", Must::Reject)
            .certify("malformed_header", "bad CRC", |bench| archive(bench, |members| members[2].crc = Some(1)))
            .certify("unsupported_format", "0x1", |bench| flags(bench, 0x1))
            .certify("unsupported_format", "0x20", |bench| flags(bench, 0x20))
            .certify("unsupported_format", "0x40", |bench| flags(bench, 0x40)),
        case(47, "zip: local name differs from central", Must::Reject).certify("malformed_header", "", |bench| {
            archive(bench, |members| members[2].local = Some("w/data/9".into()));
        }),
        case(48, "zip: duplicate entry names", Must::Reject).certify("malformed_header", "", |bench| {
            archive(bench, |members| members.push(members[2].clone()));
        }),
        case(49, "zip: overlapping entries bomb", Must::Limit).certify("malformed_header", "", |bench| {
            archive(bench, |members| {
                let same = |at: usize| Member { name: format!("w/data/{at}"), at: Some(0), ..member("", &[0; 24]) };
                members.extend((1..2_000).map(same));
            });
        }),
        case(50, "zip: ratio 1000:1, nested zip", Must::Limit)
            .certify("unsupported_format", "packed", |bench| {
                archive(bench, |members| members[2] = packed("w/data/0"));
            })
            .certify("malformed_header", "nested", |bench| {
                archive(bench, |members| {
                    let inside = zip(&[packed("w/data.pkl")]);
                    members[2].data = inside;
                });
            }),
        case(51, "zip: `../` or absolute or symlink entry", Must::Reject)
            .certify("unsafe_path", "climbing", |bench| name(bench, "w/../../x"))
            .certify("unsafe_path", "absolute", |bench| name(bench, "/etc/x"))
            .certify("unsafe_path", "link", |bench| {
                archive(bench, |members| {
                    members.push(Member { attributes: 0o120_777 << 16, ..member("w/link", b"/etc") })
                });
            }),
    ]
}
