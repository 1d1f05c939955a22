//! The clock's calendar against known dates, and durable writes.

use lmstd_runtime::world::{FixedWorld, RealWorld, World, write_atomic};

#[test]
fn dates_are_those_of_the_calendar() {
    // Known pairs, as `date -u -d @N +%FT%TZ` gives them.
    for (unix, expected) in [
        (0, "1970-01-01T00:00:00Z"),
        (951_782_400, "2000-02-29T00:00:00Z"),
        (1_709_251_199, "2024-02-29T23:59:59Z"),
        (1_709_251_200, "2024-03-01T00:00:00Z"),
        (4_102_444_799, "2099-12-31T23:59:59Z"),
        (4_107_542_400, "2100-03-01T00:00:00Z"),
    ] {
        let world = FixedWorld::new(unix, 1);
        assert_eq!(world.now_utc(), expected);
        assert_eq!(world.today(), expected[..10]);
    }
}

#[test]
fn chance_is_fixed_by_the_seed_and_real_otherwise() {
    let draw = |world: &dyn World| {
        let mut bytes = [0; 40];
        world.random(&mut bytes).unwrap();
        bytes
    };
    let (one, same, other) = (FixedWorld::new(0, 1), FixedWorld::new(0, 1), FixedWorld::new(0, 2));
    let first = draw(&one);
    assert_eq!(first, draw(&same));
    assert_ne!(first, draw(&other));
    assert_ne!(first, draw(&one), "each draw is new");
    assert_ne!(draw(&RealWorld), draw(&RealWorld));
    assert!(RealWorld.monotonic() <= RealWorld.monotonic());
}

#[test]
fn an_atomic_write_replaces_and_leaves_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.json");
    write_atomic(&path, b"old").unwrap();
    write_atomic(&path, b"new").unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"new");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    assert!(write_atomic(&folder.path().join("no/such/folder"), b"x").is_err());
}
