"""What schemathesis must know of this API: how its scalars are written, and that no answer may tell of a fault.

Named by SCHEMATHESIS_HOOKS where schemathesis runs.
"""

import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes

# Good ones, and ones that only look good.
DATES = ["2026-01-31T18:00:00Z", "2026-01-31T18:00:00.123456+02:00", "9999-12-31T23:59:59Z", "2026-02-30T00:00:00Z"]
JSONS = ["{}", "[]", "null", '"text"']
SCALARS = {
    "DateTime": st.sampled_from(DATES),
    "Decimal": st.one_of(
        st.decimals(allow_nan=False, allow_infinity=False, places=2).map(str),
        st.sampled_from(["0", "-1", "1e400", "0.0000000000000000000000000001"]),
    ),
    "Position": st.integers(-1, 2**64).map(str),
    "UUID": st.uuids().map(str),
    "JSON": st.sampled_from(JSONS),
}
for name, strategy in SCALARS.items():
    schemathesis.graphql.scalar(name, strategy.map(nodes.String))


@schemathesis.check
def tells_of_no_fault(ctx, response, case):
    """In the place of `not_a_server_error`, which takes every field that is refused (FORBIDDEN) for one."""
    assert response.status_code < 500, response.status_code
    for error in response.json().get("errors") or []:
        code = error.get("extensions", {}).get("code")
        assert code not in (None, "INTERNAL"), error
