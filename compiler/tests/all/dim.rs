//! Symbolic dimensions: one form for equal sizes, what is known of symbols, and the solver that explains its conflicts.

use lmstd_compiler::ty::dim::{Dim, MAX_DEPTH};
use lmstd_compiler::ty::facts::{Facts, Interval, Values};
use lmstd_compiler::ty::solve::{Core, Relation, Verdict};
use proptest::prelude::*;

fn n(value: i64) -> Dim {
    Dim::from(value)
}

fn s(name: &str) -> Dim {
    Dim::symbol(name)
}

fn sum(a: &Dim, b: &Dim) -> Dim {
    a.add(b).unwrap()
}

fn product(a: &Dim, b: &Dim) -> Dim {
    a.mul(b).unwrap()
}

fn div(a: &Dim, b: &Dim) -> Dim {
    a.floor_div(b, &Facts::default()).unwrap()
}

fn rem(a: &Dim, b: &Dim) -> Dim {
    a.rem(b, &Facts::default()).unwrap()
}

fn up(a: &Dim, b: &Dim) -> Dim {
    a.ceil_div(b, &Facts::default()).unwrap()
}

/// `hidden % heads == 0`, `heads % 4 == 0`, `rows % 2 == 0` and `(p + q) % 2 == 0`.
fn facts() -> Facts {
    let pairs = [("hidden", s("heads")), ("heads", n(4)), ("rows", n(2))];
    let mut divisible: Vec<(Dim, Dim)> = pairs.into_iter().map(|(name, by)| (s(name), by)).collect();
    divisible.push((sum(&s("p"), &s("q")), n(2)));
    Facts { divisible, ..Facts::default() }
}

fn known(values: &[(&str, Values)]) -> Facts {
    let mut facts = Facts::default();
    for (name, values) in values {
        facts.restrict(name, values);
    }
    facts
}

fn conflict(verdict: Verdict) -> Core {
    match verdict {
        Verdict::Unsatisfiable(core) => core,
        other => panic!("{other:?}"),
    }
}

#[test]
fn printed_as_people_write_them() {
    let (a, b, k) = (s("a"), s("b"), s("k"));
    let facts = facts();
    let quotient = s("hidden").exact_div(&s("heads"), &facts).unwrap();
    let window = sum(&sum(&a, &product(&n(2), &b)), &product(&n(-1), &k));
    let cases = [
        (Dim::default(), "0"),
        (n(-1), "-1"),
        (sum(&product(&n(2), &a), &n(1)), "2 * a + 1"),
        (product(&a, &a), "a * a"),
        (product(&n(-1), &div(&a, &n(3))), "-(a div 3)"),
        (div(&a, &n(2)), "a div 2"),
        (div(&product(&n(2), &a), &n(3)), "(2 * a) div 3"),
        (sum(&div(&window, &s("t")), &n(1)), "(a + 2 * b - k) div t + 1"),
        (rem(&a, &n(3)), "a % 3"),
        (sum(&rem(&a, &n(3)), &n(5)), "a % 3 + 5"),
        (sum(&a, &product(&n(2), &rem(&a, &n(3)))), "a + 2 * (a % 3)"),
        (b.sub(&rem(&a, &n(3))).unwrap(), "b - a % 3"),
        (rem(&a, &b), "a % b"),
        (up(&a, &n(3)), "ceil_div(a, 3)"),
        (up(&a, &b), "ceil_div(a, b)"),
        (a.minimum(&n(512)).unwrap(), "min(a, 512)"),
        (n(3).maximum(&a.minimum(&n(5)).unwrap()).unwrap(), "max(min(a, 5), 3)"),
        (product(&n(4), &a).minimum(&n(8)).unwrap(), "4 * min(a, 2)"),
        (quotient.clone(), "hidden / heads"),
        (product(&n(3), &quotient), "3 * hidden / heads"),
        (sum(&s("p"), &s("q")).exact_div(&n(2), &facts).unwrap(), "(p + q) / 2"),
    ];
    for (dim, text) in cases {
        assert_eq!(dim.to_string(), text);
    }
}

#[test]
fn equal_sizes_have_one_form() {
    let (a, b, c) = (s("a"), s("b"), s("c"));
    // (a + 3 * b) div 3 == b + a div 3; 8 * a div 3 == 2 * a + 2 * a div 3.
    assert_eq!(div(&sum(&a, &product(&n(3), &b)), &n(3)), sum(&b, &div(&a, &n(3))));
    assert_eq!(div(&product(&n(8), &a), &n(3)), sum(&product(&n(2), &a), &div(&product(&n(2), &a), &n(3))));
    // Nested quotients, common factors, signs.
    assert_eq!(div(&div(&a, &n(2)), &n(3)), div(&a, &n(6)));
    assert_eq!(div(&sum(&div(&a, &b), &c), &n(3)), div(&sum(&a, &product(&b, &c)), &product(&n(3), &b)));
    assert_eq!(div(&product(&a, &c), &product(&b, &c)), div(&a, &b));
    assert_eq!(div(&product(&n(6), &a), &n(4)), div(&product(&n(3), &a), &n(2)));
    assert_eq!(div(&a, &n(-3)), div(&product(&n(-1), &a), &n(3)));
    assert_eq!(div(&a, &n(1)), a);
    // Division by a sum.
    let wide = sum(&a, &n(1));
    assert_eq!(div(&product(&b, &wide), &wide), b);
    assert_eq!(div(&sum(&c, &product(&b, &wide)), &wide), sum(&b, &div(&c, &wide)));
    // Remainders.
    assert_eq!(rem(&rem(&a, &n(6)), &n(3)), rem(&a, &n(3)));
    assert_eq!(rem(&sum(&product(&n(4), &a), &product(&n(3), &b)), &n(3)), rem(&a, &n(3)));
    assert_eq!(div(&rem(&a, &b), &b), n(0));
    assert_eq!(rem(&a, &n(1)), n(0));
    // The output of a convolution of size 3, stride 2 and padding 1.
    assert_eq!(sum(&div(&a.sub(&n(1)).unwrap(), &n(2)), &n(1)), up(&a, &n(2)));
    // Minimum and maximum.
    let least = |a: &Dim, b: &Dim| a.minimum(b).unwrap();
    assert_eq!(least(&a, &sum(&a, &n(1))), a);
    assert_eq!(least(&least(&a, &n(7)), &n(5)), least(&n(5), &a));
    assert_eq!(least(&sum(&a, &c), &sum(&b, &c)), sum(&c, &least(&a, &b)));
    assert_eq!(least(&product(&n(2), &a), &product(&n(2), &b)), product(&n(2), &least(&a, &b)));
    assert_eq!(a.maximum(&b).unwrap().maximum(&a).unwrap(), b.maximum(&a).unwrap());
}

#[test]
fn quotients_are_exact_where_facts_say_so() {
    let facts = facts();
    let (hidden, heads, kv) = (s("hidden"), s("heads"), s("kv"));
    let width = hidden.exact_div(&heads, &facts).unwrap();
    assert_eq!(product(&width, &heads), hidden);
    assert_eq!(hidden.floor_div(&heads, &facts), Some(width.clone()));
    assert_eq!(hidden.rem(&heads, &facts), Some(n(0)));
    // heads divides hidden, 4 divides heads: 4 divides hidden, and 8 need not.
    assert!(facts.prove_divisible(&hidden, &n(4)));
    assert!(!facts.prove_divisible(&hidden, &n(8)));
    // Queries, keys and values in one projection.
    let all = sum(&heads, &product(&n(2), &kv));
    assert_eq!(product(&all, &width).exact_div(&all, &facts), Some(width));
    assert_eq!(
        n(3).mul(&hidden).unwrap().exact_div(&heads, &facts).map(|dim| dim.to_string()),
        Some("3 * hidden / heads".into())
    );
    // Halves that are whole only together.
    let half = sum(&s("p"), &s("q")).exact_div(&n(2), &facts).unwrap();
    assert_eq!(half.evaluate(&|name| Some(if name == "p" { 3 } else { 5 })), Some(4));
    assert_eq!(half.evaluate(&|name| Some(if name == "p" { 3 } else { 4 })), None);
    assert_eq!(s("p").exact_div(&n(2), &facts), None);
    assert_eq!(
        sum(&s("rows"), &s("p")).floor_div(&n(2), &facts).map(|dim| dim.to_string()),
        Some("rows / 2 + p div 2".into())
    );
    // By values: the greatest common divisor, then one by one.
    let values = known(&[("hidden", Values::one_of(&[256, 128])), ("odd", Values::one_of(&[3, 9]))]);
    assert!(values.prove_divisible(&hidden, &n(64)));
    assert!(!values.prove_divisible(&hidden, &n(256)));
    let values = known(&[("x", Values::one_of(&[12, 24])), ("y", Values::one_of(&[2, 3]))]);
    assert!(values.prove_divisible(&s("x"), &s("y")));
    assert_eq!(hidden.exact_div(&n(0), &values), None);
}

#[test]
fn too_large_is_nothing() {
    let facts = Facts::default();
    let (a, b) = (s("a"), s("b"));
    assert_eq!(n(i64::MAX).add(&n(1)), None);
    assert_eq!(n(i64::MIN).mul(&n(-1)), None);
    assert_eq!(n(i64::MIN).floor_div(&n(-1), &facts), None);
    assert_eq!(product(&a, &a).evaluate(&|_| Some(i64::MAX)), None);
    assert_eq!(product(&a, &n(2)).sub(&a).unwrap().evaluate(&|_| Some(i64::MAX)), Some(i64::MAX));
    for zero in
        [a.floor_div(&n(0), &facts), a.rem(&n(0), &facts), a.ceil_div(&n(0), &facts), a.exact_div(&n(0), &facts)]
    {
        assert_eq!(zero, None);
    }
    assert_eq!(div(&a, &b).evaluate(&|name| Some(i64::from(name == "a"))), None);
    assert_eq!(a.evaluate(&|_| None), None);
    // Growth ends, in width and in depth.
    let mut wide = Some(sum(&sum(&a, &b), &sum(&s("c"), &n(1))));
    for _ in 0..5 {
        wide = wide.and_then(|dim| dim.mul(&dim));
    }
    assert_eq!(wide, None);
    let mut deep = Some(a.clone());
    let mut steps = 0;
    while let Some(dim) = deep {
        steps += 1;
        deep = dim.mul(&b).and_then(|dim| dim.minimum(&s("c")));
    }
    assert!(steps <= MAX_DEPTH, "{steps}");
}

#[test]
fn ranges() {
    let facts = known(&[
        ("a", Values::between(Some(2), Some(9))),
        ("b", Values::one_of(&[1, 2, 4])),
        ("up", Values::between(Some(0), None)),
        ("sign", Values::between(Some(-3), Some(3))),
    ]);
    let (a, b, above, sign) = (s("a"), s("b"), s("up"), s("sign"));
    let least = |a: &Dim, b: &Dim| a.minimum(b).unwrap();
    let cases = [
        (sum(&product(&a, &b), &n(1)), Some(3), Some(37)),
        (div(&a, &b), Some(0), Some(9)),
        (rem(&s("any"), &n(3)), Some(0), Some(2)),
        (rem(&s("any"), &n(-3)), Some(-2), Some(0)),
        (rem(&a, &n(16)), Some(2), Some(9)),
        (up(&a, &n(4)), Some(1), Some(3)),
        (product(&sign, &sign), Some(0), Some(9)),
        (least(&a, &s("any")), None, Some(9)),
        (a.maximum(&s("any")).unwrap(), Some(2), None),
        // Parts that depend on each other.
        (above.sub(&div(&above, &n(2))).unwrap(), Some(0), None),
        (s("any").sub(&least(&s("any"), &a)).unwrap(), Some(0), None),
        (s("free"), None, None),
    ];
    for (dim, low, high) in cases {
        assert_eq!(facts.range(&dim), Interval { low, high }, "{dim}");
    }
}

#[test]
fn three_valued_decisions() {
    let facts =
        known(&[("a", Values::between(Some(0), Some(2))), ("b", Values::one_of(&[2, 4])), ("c", Values::exactly(6))]);
    let (a, b, c) = (s("a"), s("b"), s("c"));
    assert_eq!(facts.decide_eq(&rem(&a, &n(3)), &a), Some(true));
    assert_eq!(facts.decide_eq(&rem(&b, &n(2)), &n(0)), Some(true));
    assert_eq!(facts.decide_eq(&product(&b, &b), &n(8)), Some(false));
    assert_eq!(facts.decide_eq(&a, &b), None);
    assert_eq!(facts.decide_le(&a, &b), Some(true));
    assert_eq!(facts.decide_le(&c, &b), Some(false));
    assert_eq!(facts.decide_le(&b, &n(3)), None);
    assert_eq!(facts.decide_le(&s("x").minimum(&s("y")).unwrap(), &s("x")), Some(true));
    // What forms alone do not show.
    let both = sum(&a.minimum(&b).unwrap(), &a.maximum(&b).unwrap());
    assert_ne!(both, sum(&a, &b));
    assert_eq!(facts.decide_eq(&both, &sum(&a, &b)), Some(true));
    assert_eq!(facts.decide_eq(&s("free"), &s("other")), None);
}

#[test]
fn conflicts_name_what_conflicts() {
    let (hidden, heads) = (s("hidden_size"), s("num_attention_heads"));
    let mut facts = known(&[("hidden_size", Values::one_of(&[128, 256])), ("num_attention_heads", Values::exactly(3))]);
    facts.restrict("vocab_size", &Values::between(Some(1), Some(10_000_000)));
    let idle = Relation::Le(s("vocab_size"), n(50_000));

    let asked = [idle.clone(), Relation::Divides(heads.clone(), hidden.clone())];
    let found = conflict(facts.satisfiable(&asked));
    assert_eq!((found.relations.as_slice(), found.facts.is_empty()), (&[1][..], true));
    let told = "no value of `hidden_size` in {128, 256} is a multiple of `num_attention_heads` = 3";
    assert_eq!(found.explain(&facts, &asked), told);

    let asked = [Relation::Eq(rem(&hidden, &heads), n(0)), idle];
    let told = "`hidden_size % num_attention_heads == 0` cannot hold for `hidden_size` in {128, 256} and \
                `num_attention_heads` = 3";
    assert_eq!(conflict(facts.satisfiable(&asked)).explain(&facts, &asked), told);

    let mut facts = known(&[("hidden_size", Values::one_of(&[128, 256]))]);
    facts.divisible.push((s("other"), n(2)));
    facts.divisible.push((hidden, heads.clone()));
    let asked = [Relation::Eq(heads, n(3))];
    let found = conflict(facts.satisfiable(&asked));
    assert_eq!((found.relations.as_slice(), found.facts.as_slice()), (&[0][..], &[1][..]));
    let told = "`num_attention_heads == 3` and `hidden_size % num_attention_heads == 0` cannot hold together for \
                `hidden_size` in {128, 256}";
    assert_eq!(found.explain(&facts, &asked), told);

    let asked = [Relation::Eq(n(1), n(2))];
    assert_eq!(conflict(facts.satisfiable(&asked)).explain(&facts, &asked), "`1 == 2` cannot hold");
}

#[test]
fn answers_within_limits() {
    let (a, b) = (s("a"), s("b"));
    // 67 million assignments: a witness is found all the same.
    let wide = known(&[("a", Values::between(Some(1), Some(65_536))), ("b", Values::between(Some(1), Some(1_024)))]);
    let divides = [Relation::Divides(b.clone(), a.clone())];
    assert!(matches!(wide.satisfiable(&divides), Verdict::Satisfiable(_)));
    // Ranges alone decide, however large.
    let beyond = [Relation::Lt(product(&a, &b), n(1))];
    assert_eq!(conflict(wide.satisfiable(&beyond)).relations, [0]);
    // a * a == b * b * b + 7 has no solution in whole numbers, which is not for this solver to see.
    let mordell = [Relation::Eq(product(&a, &a), sum(&product(&b, &product(&b, &b)), &n(7)))];
    let millions = Values::between(Some(1), Some(1_000_000));
    let large = known(&[("a", millions.clone()), ("b", millions)]);
    assert_eq!(large.satisfiable(&mordell), Verdict::Unknown);
    let small = known(&[("a", Values::between(Some(1), Some(300))), ("b", Values::between(Some(1), Some(300)))]);
    assert_eq!(conflict(small.satisfiable(&mordell)).relations, [0]);
    // Unbounded symbols, bounded by their relations.
    let factors =
        [Relation::Eq(product(&a, &b), n(35)), Relation::Lt(n(1), a.clone()), Relation::Lt(a.clone(), b.clone())];
    let Verdict::Satisfiable(found) = Facts::default().satisfiable(&factors) else { panic!("5 * 7") };
    assert_eq!(found.into_values().collect::<Vec<i64>>(), [5, 7]);
    let circle = [Relation::Lt(a.clone(), b.clone()), Relation::Lt(b, s("c")), Relation::Lt(s("c"), a)];
    let facts = known(&[("c", Values::between(Some(0), Some(9)))]);
    assert_eq!(conflict(facts.satisfiable(&circle)).relations, [0, 1, 2]);
}

const NAMES: [&str; 3] = ["a", "b", "c"];

#[derive(Clone, Copy, PartialEq, Debug)]
enum Op {
    Add,
    Sub,
    Mul,
    Floor,
    Rem,
    Ceil,
    Min,
    Max,
}

const OPS: &[Op] = &[Op::Add, Op::Sub, Op::Mul, Op::Floor, Op::Rem, Op::Ceil, Op::Min, Op::Max];

#[derive(Clone, Debug)]
enum Term {
    Number(i64),
    Name(usize),
    Apply(Op, Box<Term>, Box<Term>),
}

impl Op {
    fn on_dims(self, a: &Dim, b: &Dim) -> Option<Dim> {
        let facts = Facts::default();
        match self {
            Op::Add => a.add(b),
            Op::Sub => a.sub(b),
            Op::Mul => a.mul(b),
            Op::Floor => a.floor_div(b, &facts),
            Op::Rem => a.rem(b, &facts),
            Op::Ceil => a.ceil_div(b, &facts),
            Op::Min => a.minimum(b),
            Op::Max => a.maximum(b),
        }
    }

    /// On numbers, as Python does; rounding up is for positive divisors.
    fn on_numbers(self, a: i64, b: i64) -> Option<i64> {
        let floor = |a: i64, b: i64| {
            let quotient = a.checked_div(b)?;
            Some(if a % b != 0 && (a < 0) != (b < 0) { quotient - 1 } else { quotient })
        };
        match self {
            Op::Add => a.checked_add(b),
            Op::Sub => a.checked_sub(b),
            Op::Mul => a.checked_mul(b),
            Op::Floor => floor(a, b),
            Op::Rem => a.checked_sub(b.checked_mul(floor(a, b)?)?),
            Op::Ceil => floor(a.checked_neg()?, b).filter(|_| b > 0)?.checked_neg(),
            Op::Min => Some(a.min(b)),
            Op::Max => Some(a.max(b)),
        }
    }
}

impl Term {
    fn dim(&self) -> Option<Dim> {
        match self {
            Term::Number(value) => Some(n(*value)),
            Term::Name(at) => Some(s(NAMES[*at])),
            Term::Apply(op, a, b) => op.on_dims(&a.dim()?, &b.dim()?),
        }
    }

    fn number(&self, values: &[i64; 3]) -> Option<i64> {
        match self {
            Term::Number(value) => Some(*value),
            Term::Name(at) => Some(values[*at]),
            Term::Apply(op, a, b) => op.on_numbers(a.number(values)?, b.number(values)?),
        }
    }
}

fn binding(values: &[i64; 3]) -> impl Fn(&str) -> Option<i64> {
    let values = *values;
    move |name| NAMES.iter().position(|known| *known == name).map(|at| values[at])
}

fn term(depth: u32) -> impl Strategy<Value = Term> {
    let leaf = prop_oneof![(-6i64..=6).prop_map(Term::Number), (0..NAMES.len()).prop_map(Term::Name)];
    leaf.prop_recursive(depth, 16, 2, |inner| {
        (prop::sample::select(OPS), inner.clone(), inner)
            .prop_map(|(op, a, b)| Term::Apply(op, Box::new(a), Box::new(b)))
    })
}

fn values() -> impl Strategy<Value = Values> {
    prop_oneof![
        (-4i64..=6, 0i64..=4).prop_map(|(low, more)| Values::between(Some(low), Some(low + more))),
        prop::collection::vec(-4i64..=12, 1..4).prop_map(|list| Values::one_of(&list)),
    ]
}

fn relation() -> impl Strategy<Value = Relation> {
    let side = || term(2).prop_filter_map("within the limits", |term| term.dim());
    (0..6usize, side(), side()).prop_map(|(kind, a, b)| match kind {
        0 => Relation::Eq(a, b),
        1 => Relation::Ne(a, b),
        2 => Relation::Lt(a, b),
        3 => Relation::Le(a, b),
        4 => Relation::Divides(a, b),
        _ => Relation::DividesNot(a, b),
    })
}

/// Every binding of the three names within their values.
fn bindings(facts: &Facts) -> Vec<[i64; 3]> {
    let lists = NAMES.map(|name| facts.values.get(name).unwrap().first(usize::MAX));
    let mut all = Vec::new();
    for a in &lists[0] {
        for b in &lists[1] {
            all.extend(lists[2].iter().map(|c| [*a, *b, *c]));
        }
    }
    all
}

/// Whether all relations hold for some binding.
fn possible<'a>(relations: impl Iterator<Item = &'a Relation> + Clone, all: &[[i64; 3]]) -> bool {
    all.iter().any(|values| relations.clone().all(|relation| relation.holds(&binding(values)) == Some(true)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn forms_mean_what_they_were_made_from(term in term(3), values in prop::array::uniform3(-9i64..=9)) {
        if let (Some(dim), Some(wanted)) = (term.dim(), term.number(&values)) {
            prop_assert_eq!(dim.evaluate(&binding(&values)), Some(wanted), "{}", dim);
        }
    }

    #[test]
    fn order_and_brackets_do_not_matter(a in term(2), b in term(2), c in term(2)) {
        let (Some(a), Some(b), Some(c)) = (a.dim(), b.dim(), c.dim()) else { return Ok(()) };
        for op in [Op::Add, Op::Mul, Op::Min, Op::Max] {
            let (there, back) = (op.on_dims(&a, &b), op.on_dims(&b, &a));
            prop_assert_eq!(&there, &back);
            prop_assert_eq!(there.as_ref().map(Dim::to_string), back.map(|dim| dim.to_string()));
            let left = there.and_then(|first| op.on_dims(&first, &c));
            let right = op.on_dims(&b, &c).and_then(|last| op.on_dims(&a, &last));
            if let (Some(left), Some(right)) = (left, right) {
                prop_assert_eq!(left.to_string(), right.to_string());
                prop_assert_eq!(left, right);
            }
        }
        prop_assert_eq!(a.minimum(&a), Some(a.clone()));
    }

    #[test]
    fn division_has_one_form(a in term(2), b in term(1), q in term(1)) {
        let (Some(a), Some(b), Some(q)) = (a.dim(), b.dim(), q.dim()) else { return Ok(()) };
        let facts = Facts::default();
        if let (Some(quotient), Some(rest)) = (a.floor_div(&b, &facts), a.rem(&b, &facts)) {
            prop_assert_eq!(b.mul(&quotient).and_then(|whole| whole.add(&rest)), Some(a.clone()));
            let more = q.mul(&b).and_then(|more| a.add(&more)).and_then(|more| more.floor_div(&b, &facts));
            prop_assert!(more.is_none() || more == quotient.add(&q), "({a} + {q} * ({b})) div ({b})");
        }
    }

    #[test]
    fn ranges_hold_all_values(term in term(3), own in prop::array::uniform3(values())) {
        let facts = known(&[("a", own[0].clone()), ("b", own[1].clone()), ("c", own[2].clone())]);
        let Some(dim) = term.dim() else { return Ok(()) };
        let range = facts.range(&dim);
        for values in bindings(&facts) {
            if let Some(value) = term.number(&values) {
                let inside = range.low.is_none_or(|low| low <= value) && range.high.is_none_or(|high| value <= high);
                prop_assert!(inside, "{dim} is {value} for {values:?}, not in {range:?}");
            }
        }
    }

    #[test]
    fn verdicts_are_those_of_trying_everything(
        relations in prop::collection::vec(relation(), 1..4),
        own in prop::array::uniform3(values()),
        fact in prop::option::of((0..3usize, 1i64..=4)),
    ) {
        let mut facts = known(&[("a", own[0].clone()), ("b", own[1].clone()), ("c", own[2].clone())]);
        facts.divisible.extend(fact.map(|(at, by)| (s(NAMES[at]), n(by))));
        let divides = |(a, b): &(Dim, Dim)| Relation::Divides(b.clone(), a.clone());
        let stated: Vec<Relation> = facts.divisible.iter().map(divides).collect();
        let all = bindings(&facts);
        let verdict = facts.satisfiable(&relations);
        prop_assert_eq!(&verdict, &facts.satisfiable(&relations));
        match verdict {
            Verdict::Satisfiable(found) => {
                for (name, value) in &found {
                    prop_assert!(facts.values.get(name).is_some_and(|values| values.contains(*value)));
                }
                for relation in &relations {
                    prop_assert_eq!(relation.holds(&|name| found.get(name).copied()), Some(true), "{}", relation);
                }
            }
            Verdict::Unsatisfiable(core) => {
                let asked = core.relations.iter().map(|at| &relations[*at]);
                let parts: Vec<&Relation> = asked.chain(core.facts.iter().map(|at| &stated[*at])).collect();
                prop_assert!(!possible(parts.iter().copied(), &all), "{}", core.explain(&facts, &relations));
                for left_out in 0..parts.len() {
                    let others = parts.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, part)| *part);
                    prop_assert!(possible(others, &all), "{} is not needed", parts[left_out]);
                }
            }
            Verdict::Unknown => return Err(TestCaseError::fail("finite and small, yet unknown")),
        }
    }
}
