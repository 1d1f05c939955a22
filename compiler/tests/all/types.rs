//! Units and trust.

use lmstd_compiler::ty::trust::Trust;
use lmstd_compiler::ty::unit::{Kind, UNITS, find};

#[test]
fn units_scale_to_the_double_that_is_written() {
    let cases = [
        ("%", 87.7, 0.877),
        ("%", 95.0, 0.95),
        ("ms", 200.0, 0.2),
        ("us", 3.0, 3e-6),
        ("ns", 7.0, 7e-9),
        ("min", 2.0, 120.0),
        ("KiB", 1.0, 1024.0),
        ("MiB", 50.0, 52_428_800.0),
        ("GB", 1.5, 1_500_000_000.0),
    ];
    for (unit, number, base) in cases {
        assert_eq!(find(unit).expect(unit).to_base(number), base, "{number} {unit}");
    }
    assert!(UNITS.iter().all(|unit| unit.kind != Kind::Count && unit.kind != Kind::Score));
}

#[test]
fn the_weaker_word_decides() {
    let all = [Trust::Declared, Trust::Attested, Trust::Measured];
    for (index, weak) in all.into_iter().enumerate() {
        for strong in &all[index..] {
            assert_eq!(weak.meet(*strong), weak);
            assert_eq!(strong.meet(weak), weak);
        }
    }
}
