"""Adds up a beancount journal as beancount reads it: account,currency,amount for each that is not zero."""

import sys

from beancount import loader
from beancount.core import data, inventory

entries, errors, _ = loader.load_file(sys.argv[1])
if errors:
    sys.exit("\n".join(error.message for error in errors))
sums = {}
for entry in entries:
    if isinstance(entry, data.Transaction):
        for posting in entry.postings:
            sums.setdefault(posting.account, inventory.Inventory()).add_position(posting)
for account, held in sorted(sums.items()):
    for position in held:
        print(f"{account},{position.units.currency},{position.units.number}")
