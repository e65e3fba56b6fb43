//! Numbers as a person sees them at a glance.

const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A number's history as one line. A longer one is put together to fit into `columns`. Nothing at all is
/// a dot.
pub fn line(history: &[u64], columns: usize) -> String {
    let per_column = history.len().div_ceil(columns.max(1)).max(1);
    let sums: Vec<u64> = history
        .chunks(per_column)
        .map(|part| part.iter().sum())
        .collect();
    let most = sums.iter().max().copied().unwrap_or(0);
    sums.iter()
        .map(|sum| match step(*sum, most, STEPS.len()) {
            0 => '·',
            height => STEPS[height - 1],
        })
        .collect()
}

/// A bar for a part of the largest number.
pub fn share(count: u64, most: u64, columns: usize) -> String {
    "█".repeat(step(count, most, columns))
}

/// From 0 for nothing to `steps` for the most; something is never 0.
fn step(count: u64, most: u64, steps: usize) -> usize {
    if count == 0 || most == 0 {
        return 0;
    }
    let steps = u128::try_from(steps).unwrap_or(1);
    let step = (u128::from(count) * steps).div_ceil(u128::from(most));
    usize::try_from(step).unwrap_or(1)
}

/// A size in the unit that fits.
pub fn bytes(bytes: u64) -> String {
    let units = [("GiB", 1_u64 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    let unit = units.iter().find(|(_, size)| bytes >= *size);
    match unit {
        Some((name, size)) => format!("{:.1} {name}", bytes as f64 / *size as f64),
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_shows_where_there_was_much_and_where_nothing() {
        assert_eq!(line(&[0, 1, 50, 100], 60), "·▁▄█");
        assert_eq!(line(&[1, 1, 2, 2, 4, 4], 3), "▂▄█");
        assert_eq!(line(&[], 60), "");
        assert_eq!(share(1, 1_000_000, 24), "█");
        assert_eq!(share(5, 5, 3), "███");
        assert_eq!(share(0, 0, 3), "");
        assert_eq!(bytes(1_536), "1.5 KiB");
        assert_eq!(bytes(12), "12 bytes");
    }
}
