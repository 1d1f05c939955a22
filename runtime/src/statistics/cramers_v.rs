//! Cramér's V with the bias of small samples taken off (Bergsma 2013).

use std::collections::BTreeMap;

/// V of a table of counts, given as (row, column, count); `None` where a side has fewer than two values, or there are
/// fewer than two rows.
pub fn cramers_v(cells: &[(String, String, u64)]) -> Option<f64> {
    let (mut rows, mut columns, mut table) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for (row, column, count) in cells.iter().filter(|cell| cell.2 > 0) {
        *rows.entry(row).or_insert(0_u64) += count;
        *columns.entry(column).or_insert(0_u64) += count;
        *table.entry((row, column)).or_insert(0_u64) += count;
    }
    let n = rows.values().sum::<u64>() as f64;
    if rows.len() < 2 || columns.len() < 2 || n < 2.0 {
        return None;
    }
    let mut squared = 0.0;
    for (row, of_row) in &rows {
        for (column, of_column) in &columns {
            let expected = *of_row as f64 * *of_column as f64 / n;
            let found = table.get(&(*row, *column)).copied().unwrap_or(0) as f64;
            squared += (found - expected) * (found - expected) / expected;
        }
    }
    let (r, k) = (rows.len() as f64, columns.len() as f64);
    let phi = (squared / n - (r - 1.0) * (k - 1.0) / (n - 1.0)).max(0.0);
    let shrunk = |side: f64| side - (side - 1.0) * (side - 1.0) / (n - 1.0);
    let least = (shrunk(r) - 1.0).min(shrunk(k) - 1.0);
    (least > 0.0).then(|| (phi / least).sqrt().min(1.0))
}
