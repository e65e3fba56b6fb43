//! Amounts as Stripe writes them: whole numbers of a unit that is not always the currency's smallest.
//!
//! Source: <https://docs.stripe.com/currencies#zero-decimal> and the sections behind it. Where Stripe and ISO 4217
//! agree, the unit is the currency's smallest.

use rust_decimal::Decimal;
use tributary_domain::{Currency, Money};

/// Digits after the point that Stripe's whole number counts.
fn digits(currency: Currency) -> u32 {
    match currency.code() {
        // Without a smaller unit, but written with two zeros, as they once had one.
        "ISK" | "UGX" => 2,
        // Has fifths of one, which Stripe does not take.
        "MGA" => 0,
        _ => currency.digits(),
    }
}

/// What a whole number must be divisible by.
fn step(currency: Currency) -> i64 {
    match (currency.code(), currency.digits()) {
        ("ISK" | "UGX", _) => 100,
        // Card networks have no thousandths.
        (_, 3) => 10,
        _ => 1,
    }
}

/// As Stripe writes it; `None` for what Stripe does not take.
pub fn write(amount: Money) -> Option<i64> {
    let scale = Decimal::from(10_i64.pow(digits(amount.currency)));
    let whole = (amount.amount * scale).normalize();
    let whole = i64::try_from(whole).ok().filter(|_| whole.scale() == 0)?;
    (whole > 0 && whole % step(amount.currency) == 0).then_some(whole)
}

/// What Stripe has written; `None` for what is no amount of ours.
pub fn read(whole: i64, currency: &str) -> Option<Money> {
    let currency: Currency = currency.to_ascii_uppercase().parse().ok()?;
    let amount = Decimal::new(whole, digits(currency));
    Money::positive(amount, currency).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_and_read_as_stripe_documents() {
        for (amount, currency, whole) in [
            ("12.34", "USD", Some(1_234)),
            ("500", "JPY", Some(500)),
            ("5", "ISK", Some(500)),
            ("7", "UGX", Some(700)),
            ("3", "VND", Some(3)),
            ("1.230", "BHD", Some(1_230)),
            ("1.234", "BHD", None),
            ("1.23", "KWD", Some(1_230)),
            ("9.00", "MGA", Some(9)),
            ("9.20", "MGA", None),
        ] {
            let money = Money::parse(amount, currency.parse().unwrap()).unwrap();
            assert_eq!(write(money), whole, "{amount} {currency}");
            if let Some(whole) = whole {
                let lower = currency.to_ascii_lowercase();
                assert_eq!(read(whole, &lower), Some(money), "{whole} {currency}");
            }
        }
        for (whole, currency) in [(0, "usd"), (-1, "usd"), (150, "isk"), (1, "xxx"), (1, "")] {
            assert_eq!(read(whole, currency), None, "{whole} {currency}");
        }
    }

    /// Every currency that can be held: what is written reads back, to the unit.
    #[test]
    fn whatever_is_written_reads_back() {
        for code in [
            "EUR", "JPY", "KRW", "ISK", "UGX", "MGA", "BHD", "TND", "IQD", "HUF",
        ] {
            let currency: Currency = code.parse().unwrap();
            for minor in [1, 7, 10, 99, 100, 101, 1_000, 123_450, 999_999_990] {
                let money = Money::from_minor(minor, currency);
                if let Some(whole) = write(money) {
                    assert_eq!(read(whole, code), Some(money), "{minor} {code}");
                }
            }
        }
    }
}
