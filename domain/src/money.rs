//! Exact amounts. Never a float: decimals here, whole minor units in tables.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// The largest amount of one movement, in whole units of any currency. Keeps every sum of a lifetime
/// within 64-bit minor units.
pub const AMOUNT_MAX: i64 = 1_000_000_000;

/// The most digits after the point of a fee's rate.
pub const RATE_DIGITS_MAX: u32 = 6;

rejections! {
    /// Why an amount was refused.
    {
        /// Zero or less.
        NotPositive => "AMOUNT_NOT_POSITIVE", Some("amount");
        /// More digits after the point than the currency has.
        TooPrecise { /// The currency.
            currency: Currency, /// Digits after the point.
            digits: u32 } => "AMOUNT_TOO_PRECISE", Some("amount");
        /// Over [`AMOUNT_MAX`].
        TooLarge => "AMOUNT_TOO_LARGE", Some("amount"), [limit = AMOUNT_MAX];
        /// Not a plain decimal number.
        NotANumber => "AMOUNT_NOT_A_NUMBER", Some("amount");
        /// Not a currency that can be held.
        UnknownCurrency => "UNKNOWN_CURRENCY", Some("currency");
        /// A fee rate outside 0 to 1.
        BadRate => "BAD_RATE", None, [digits = RATE_DIGITS_MAX];
    }
}

/// ISO 4217 currencies by digits after the point, in order. Funds codes, metals and test codes are left out.
const CURRENCIES: [(u32, &str); 3] = [
    (
        0,
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    ),
    (
        2,
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD \
         CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP \
         GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD \
         LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB \
         PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC \
         SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW",
    ),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
];

/// An ISO 4217 currency, three capital letters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency {
    code: [u8; 3],
    digits: u8,
}

impl Currency {
    /// The code, such as `USD`.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).unwrap_or("???")
    }

    /// Digits after the point: 2 for USD, 0 for JPY, 3 for BHD.
    pub fn digits(self) -> u32 {
        u32::from(self.digits)
    }
}

impl FromStr for Currency {
    type Err = Rejection;
    fn from_str(text: &str) -> Result<Self, Rejection> {
        let bytes: [u8; 3] = text
            .as_bytes()
            .try_into()
            .map_err(|_| Rejection::UnknownCurrency)?;
        let found = CURRENCIES
            .iter()
            .find(|(_, codes)| holds(codes.as_bytes(), bytes));
        let (digits, _) = found.ok_or(Rejection::UnknownCurrency)?;
        Ok(Self {
            code: bytes,
            digits: u8::try_from(*digits).unwrap_or(0),
        })
    }
}

/// Whether a code is among some that are in order, with a space between them. Every amount that is read asks
/// that: to look through all of them took longer than to read the rest of an entry.
fn holds(codes: &[u8], wanted: [u8; 3]) -> bool {
    const WIDTH: usize = 4;
    let (mut low, mut high) = (0, codes.len().div_ceil(WIDTH));
    while low < high {
        let middle = low.midpoint(high);
        let code = codes.get(middle * WIDTH..middle * WIDTH + wanted.len());
        match code.map(|code| code.cmp(&wanted[..])) {
            Some(Ordering::Equal) => return true,
            Some(Ordering::Less) => low = middle + 1,
            Some(Ordering::Greater) | None => high = middle,
        }
    }
    false
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

text_serde!(Currency);

/// An amount in a currency, with exactly the currency's digits after the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// How much; may be negative in postings.
    pub amount: Decimal,
    /// Of what.
    pub currency: Currency,
}

impl Money {
    /// An amount that someone sends: more than zero, no finer than the currency, at most
    /// [`AMOUNT_MAX`].
    ///
    /// # Errors
    /// `AMOUNT_NOT_POSITIVE`, `AMOUNT_TOO_PRECISE`, `AMOUNT_TOO_LARGE`.
    pub fn positive(amount: Decimal, currency: Currency) -> Result<Self, Rejection> {
        if amount <= Decimal::ZERO {
            return Err(Rejection::NotPositive);
        }
        if amount > Decimal::from(AMOUNT_MAX) {
            return Err(Rejection::TooLarge);
        }
        let digits = currency.digits();
        if amount.normalize().scale() > digits {
            return Err(Rejection::TooPrecise { currency, digits });
        }
        let mut amount = amount;
        amount.rescale(digits);
        Ok(Self { amount, currency })
    }

    /// The same from text, such as `10.00`. No exponents, no separators.
    ///
    /// # Errors
    /// `AMOUNT_NOT_A_NUMBER`, or what [`Money::positive`] refuses.
    pub fn parse(amount: &str, currency: Currency) -> Result<Self, Rejection> {
        let plain = !amount.is_empty()
            && amount.len() <= 40
            && amount
                .bytes()
                .all(|b| b.is_ascii_digit() || b == b'.' || b == b'-');
        if !plain {
            return Err(Rejection::NotANumber);
        }
        let amount = Decimal::from_str_exact(amount).map_err(|_| Rejection::NotANumber)?;
        Self::positive(amount, currency)
    }

    /// Nothing, in `currency`.
    pub fn zero(currency: Currency) -> Self {
        Self {
            amount: Decimal::new(0, currency.digits()),
            currency,
        }
    }

    /// Parts the amount by `weights`, to whole minor units that add up to it exactly: each part is rounded
    /// down, and what is left over goes, one unit each, to the parts that lost most by that; of two that
    /// lost the same, to the earlier. `None` where no weight is above zero.
    pub fn allocate(&self, weights: &[u64]) -> Option<Vec<Self>> {
        let whole: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
        if whole == 0 {
            return None;
        }
        let minor = self.minor();
        let total = u128::from(minor.unsigned_abs());
        // 64 bits by 64 bits: it fits. So does the rest, which is less than `whole`.
        let shares = weights.iter().map(|weight| total * u128::from(*weight));
        let mut parts: Vec<(u128, u128)> =
            shares.map(|share| (share / whole, share % whole)).collect();
        let given: u128 = parts.iter().map(|(part, _)| part).sum();
        let left = usize::try_from(total - given).unwrap_or(0);
        let mut by_loss: Vec<usize> = (0..parts.len()).collect();
        by_loss.sort_by_key(|at| std::cmp::Reverse(parts[*at].1));
        for at in by_loss.into_iter().take(left) {
            parts[at].0 += 1;
        }
        let sign = minor.signum();
        let parts = parts.into_iter().map(|(part, _)| {
            let part = i64::try_from(part).unwrap_or(i64::MAX);
            Self::from_minor(sign * part, self.currency)
        });
        Some(parts.collect())
    }

    /// Whole minor units (cents), as they stand in tables.
    pub fn minor(&self) -> i64 {
        minor(self.amount, self.currency)
    }

    /// From whole minor units.
    pub fn from_minor(minor: i64, currency: Currency) -> Self {
        Self {
            amount: Decimal::new(minor, currency.digits()),
            currency,
        }
    }
}

/// `amount` in whole minor units of `currency`.
pub fn minor(amount: Decimal, currency: Currency) -> i64 {
    let mut amount = amount;
    amount.rescale(currency.digits());
    i64::try_from(amount.mantissa()).unwrap_or(if amount.is_sign_negative() {
        i64::MIN
    } else {
        i64::MAX
    })
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency)
    }
}

/// What the platform keeps of a tip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeeSchedule {
    /// Its name, as entries cite it.
    pub id: String,
    /// The part of the amount that is kept, at least 0 and less than 1: `0.05` is 5 %.
    pub rate: Decimal,
}

impl FeeSchedule {
    /// A schedule that keeps `rate`.
    ///
    /// # Errors
    /// `BAD_RATE` outside 0 ≤ rate < 1 or with more than 6 digits.
    pub fn new(id: String, rate: Decimal) -> Result<Self, Rejection> {
        let rate = rate.normalize();
        if rate < Decimal::ZERO || rate >= Decimal::ONE || rate.scale() > RATE_DIGITS_MAX {
            return Err(Rejection::BadRate);
        }
        Ok(Self { id, rate })
    }

    /// Parts `gross` into (fee, net) by [`Money::allocate`]: the fee is rounded to the currency's digits,
    /// halves up; the two always add up to `gross`.
    pub fn split(&self, gross: Money) -> (Money, Money) {
        let mut rate = self.rate;
        rate.rescale(RATE_DIGITS_MAX);
        let kept = u64::try_from(rate.mantissa()).unwrap_or(0);
        let parts = gross.allocate(&[kept, RATE_WHOLE.saturating_sub(kept)]);
        match parts.as_deref() {
            Some([fee, net]) => (*fee, *net),
            _ => (Money::zero(gross.currency), gross),
        }
    }
}

/// A rate of 1, in units of its last digit.
const RATE_WHOLE: u64 = 10_u64.pow(RATE_DIGITS_MAX);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn usd() -> Currency {
        "USD".parse().unwrap()
    }

    #[test]
    fn amounts_that_make_no_sense_are_refused_by_name() {
        for (text, code) in [
            ("-1", "AMOUNT_NOT_POSITIVE"),
            ("0", "AMOUNT_NOT_POSITIVE"),
            ("0.00", "AMOUNT_NOT_POSITIVE"),
            ("0.001", "AMOUNT_TOO_PRECISE"),
            ("1e400", "AMOUNT_NOT_A_NUMBER"),
            ("1e2", "AMOUNT_NOT_A_NUMBER"),
            ("", "AMOUNT_NOT_A_NUMBER"),
            ("ten", "AMOUNT_NOT_A_NUMBER"),
            ("NaN", "AMOUNT_NOT_A_NUMBER"),
            ("1.2.3", "AMOUNT_NOT_A_NUMBER"),
            ("1000000000.01", "AMOUNT_TOO_LARGE"),
            ("99999999999999999999999999999999999", "AMOUNT_NOT_A_NUMBER"),
        ] {
            assert_eq!(
                Money::parse(text, usd()).unwrap_err().code(),
                code,
                "{text}"
            );
        }
    }

    #[test]
    fn every_currency_is_found_and_nothing_beside_them() {
        let mut all = 0;
        for (digits, codes) in CURRENCIES {
            let in_order: Vec<&str> = codes.split(' ').collect();
            assert!(in_order.is_sorted(), "{codes}");
            for code in in_order {
                let currency: Currency = code.parse().unwrap();
                assert_eq!((currency.code(), currency.digits()), (code, digits));
                all += 1;
            }
        }
        let letters = || b'A'..=b'Z';
        let words = letters().flat_map(|a| letters().map(move |b| (a, b)));
        let codes = words.flat_map(|(a, b)| letters().map(move |c| [a, b, c]));
        let found = codes.filter(|code| {
            let code = std::str::from_utf8(code).unwrap();
            code.parse::<Currency>().is_ok()
        });
        assert_eq!(found.count(), all);
        for text in ["", "US", "usd", "USDT", "   ", "\u{20ac}"] {
            assert!(text.parse::<Currency>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_amount_has_the_digits_of_its_currency() {
        assert_eq!(Money::parse("5", usd()).unwrap().to_string(), "5.00 USD");
        assert_eq!(Money::parse("5.000", usd()).unwrap().minor(), 500);
        assert_eq!(
            Money::parse("5", "JPY".parse().unwrap())
                .unwrap()
                .to_string(),
            "5 JPY"
        );
        let dinar = "BHD".parse().unwrap();
        assert_eq!(Money::parse("1.234", dinar).unwrap().minor(), 1234);
        assert_eq!(Money::from_minor(1234, dinar).to_string(), "1.234 BHD");
    }

    #[test]
    fn only_real_currencies_are_held() {
        for bad in ["", "US", "usd", "XXX", "DOGE", "éé"] {
            assert_eq!(
                bad.parse::<Currency>().unwrap_err().code(),
                "UNKNOWN_CURRENCY",
                "{bad}"
            );
        }
    }

    #[test]
    fn ten_dollars_at_five_percent() {
        let standard = FeeSchedule::new("standard".into(), Decimal::new(5, 2)).unwrap();
        let (fee, net) = standard.split(Money::parse("10.00", usd()).unwrap());
        assert_eq!(
            (fee.to_string(), net.to_string()),
            ("0.50 USD".into(), "9.50 USD".into())
        );
    }

    #[test]
    fn what_is_left_over_goes_to_who_lost_most_and_to_the_first_of_equals() {
        let parts = |minor, weights: &[u64]| {
            let parts = Money::from_minor(minor, usd()).allocate(weights);
            parts.map(|parts| parts.iter().map(Money::minor).collect::<Vec<_>>())
        };
        assert_eq!(parts(100, &[1, 1, 1]), Some(vec![34, 33, 33]));
        assert_eq!(parts(5, &[3, 7]), Some(vec![2, 3]));
        assert_eq!(parts(-100, &[1, 1, 1]), Some(vec![-34, -33, -33]));
        assert_eq!(parts(2, &[0, 1, 0, 9]), Some(vec![0, 0, 0, 2]));
        assert_eq!(parts(100, &[]), None);
        assert_eq!(parts(100, &[0, 0]), None);
    }

    #[test]
    fn a_rate_is_a_part_of_the_whole() {
        for bad in ["-0.01", "1", "0.0000001"] {
            let rate = Decimal::from_str_exact(bad).unwrap();
            assert_eq!(
                FeeSchedule::new("x".into(), rate).unwrap_err().code(),
                "BAD_RATE",
                "{bad}"
            );
        }
    }

    proptest! {
        #[test]
        fn parts_add_up_and_are_never_negative(cents in 1_i64..100_000_000_000, rate in 0_i64..1_000_000) {
            let schedule = FeeSchedule::new("x".into(), Decimal::new(rate, 6)).unwrap();
            let gross = Money::positive(Decimal::new(cents, 2), usd()).unwrap();
            let (fee, net) = schedule.split(gross);
            prop_assert_eq!(fee.amount + net.amount, gross.amount);
            prop_assert!(fee.amount >= Decimal::ZERO && net.amount >= Decimal::ZERO);
        }

        #[test]
        fn parts_by_weight_sum_to_the_whole_and_are_off_by_less_than_a_unit(
            minor in prop_oneof![0_i64..1_000, any::<i64>()],
            weights in prop::collection::vec(prop_oneof![0_u64..10, any::<u64>()], 1..12),
            code in prop_oneof![Just("JPY"), Just("USD"), Just("BHD")],
        ) {
            let whole = Money::from_minor(minor.max(-i64::MAX), code.parse().unwrap());
            let total: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
            let Some(parts) = whole.allocate(&weights) else {
                prop_assert_eq!(total, 0);
                return Ok(());
            };
            prop_assert_eq!(parts.len(), weights.len());
            let sum: i128 = parts.iter().map(|part| i128::from(part.minor())).sum();
            prop_assert_eq!(sum, i128::from(whole.minor()));
            for (part, weight) in parts.iter().zip(&weights) {
                let exact = u128::from(whole.minor().unsigned_abs()) * u128::from(*weight);
                let given = u128::from(part.minor().unsigned_abs());
                prop_assert!(given == exact / total || given == exact / total + 1);
                prop_assert!(*weight > 0 || given == 0);
            }
        }

        #[test]
        fn a_fee_is_the_rate_rounded_half_up(minor in 1_i64..1_000_000_000_000, rate in 0_i64..1_000_000) {
            let gross = Money::from_minor(minor, "BHD".parse().unwrap());
            let rate = Decimal::new(rate, 6);
            let (fee, _) = FeeSchedule::new("x".into(), rate).unwrap().split(gross);
            let half_up = rust_decimal::RoundingStrategy::MidpointAwayFromZero;
            prop_assert_eq!(fee.amount, (gross.amount * rate).round_dp_with_strategy(3, half_up));
        }

        #[test]
        fn minor_units_and_back(minor in -1_000_000_000_000_i64..1_000_000_000_000) {
            prop_assert_eq!(Money::from_minor(minor, usd()).minor(), minor);
        }

        #[test]
        fn no_text_makes_parsing_panic(text in ".*") {
            let _ = Money::parse(&text, usd());
        }
    }
}
