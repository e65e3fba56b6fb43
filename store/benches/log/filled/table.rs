//! The figures of all logs in one table, each beside what it is to reach.

use super::figures::{Taken, WANTED, Wanted};
use crate::arguments::Arguments;
use crate::machine;
use tributary_store::testing::Engine;

/// How wide a figure's name is printed.
const NAME: usize = 52;

/// How wide a value is printed.
const VALUE: usize = 15;

/// Columns of figures, one for each log.
#[derive(Default)]
pub struct Table {
    columns: Vec<(Engine, i64, Taken)>,
}

impl Table {
    pub fn add(&mut self, engine: Engine, events: i64, taken: Taken) {
        self.columns.push((engine, events, taken));
    }

    pub fn print(&self, arguments: &Arguments) {
        println!(
            "{} cores, {}; medians of {} runs of {} s; load average {:.1}",
            machine::cores(),
            machine::processor(),
            arguments.runs,
            arguments.time.as_secs_f64(),
            machine::load_average()
        );
        print!("{:<NAME$}", "");
        for (engine, _, _) in &self.columns {
            print!("{:>VALUE$}", format!("{engine:?}"));
        }
        print!("\n{:<NAME$}", "events in the log");
        self.columns
            .iter()
            .for_each(|(_, events, _)| print!("{events:>VALUE$}"));
        println!("{:>VALUE$}", "wanted");
        for name in self.names() {
            print!("{name:<NAME$}");
            for (_, _, taken) in &self.columns {
                match taken.median(name) {
                    Some(value) => print!("{:>VALUE$}", number(value)),
                    None => print!("{:>VALUE$}", "-"),
                }
            }
            let wanted = WANTED.iter().find(|(known, _)| *known == name);
            let wanted = wanted.map_or_else(String::new, |(_, wanted)| told(wanted));
            println!("{wanted:>VALUE$}");
        }
    }

    /// Every figure's name, in the order in which they were taken.
    fn names(&self) -> Vec<&'static str> {
        let mut names: Vec<&'static str> = Vec::new();
        for (_, _, taken) in &self.columns {
            let mut after = 0;
            for name in taken.names() {
                match names.iter().position(|known| *known == name) {
                    Some(index) => after = index + 1,
                    None => {
                        names.insert(after, name);
                        after += 1;
                    }
                }
            }
        }
        names
    }
}

fn told(wanted: &Wanted) -> String {
    match wanted {
        Wanted::Least(value) => format!("≥ {}", number(*value)),
        Wanted::Most(value) => format!("≤ {}", number(*value)),
        Wanted::MostOn { sqlite, postgres } => {
            format!("≤ {} / {}", number(*sqlite), number(*postgres))
        }
        Wanted::LeastOn { sqlite, postgres } => {
            format!("≥ {:.0}k / {:.0}k", sqlite / 1e3, postgres / 1e3)
        }
    }
}

/// As many places as tell something.
fn number(value: f64) -> String {
    if value.abs() < 100.0 {
        format!("{value:.2}")
    } else {
        format!("{value:.0}")
    }
}
