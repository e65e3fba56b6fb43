"""Adds up exported postings with DuckDB: account,currency,amount for each that is not zero."""

import sys

import duckdb

# Digits after the point, where they are not two.
DIGITS = {"JPY": 0, "BHD": 3}
rows = duckdb.execute(
    "SELECT account, currency, sum(amount) FROM read_parquet(?) GROUP BY ALL HAVING sum(amount) <> 0",
    [sys.argv[1]],
).fetchall()
for account, currency, amount in rows:
    print(f"{account},{currency},{amount:.{DIGITS.get(currency, 2)}f}")
