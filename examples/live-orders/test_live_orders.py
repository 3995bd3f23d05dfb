"""The order's workflow, run as tests: no emulator, no account, and no time passes."""

from live_orders import WORKFLOWS

from stepgate.testing import Result, continues, run

(ORDER,) = WORKFLOWS


def place(*, approved: bool) -> Result:
    answer = continues({"approved": approved})
    return run(ORDER, {"item": "tea"}, mocks={"Wait for the approval": answer})


def test_an_approved_order_is_packed_and_shipped() -> None:
    result = place(approved=True)
    assert result.path == [
        "Check the stock",
        "Wait for the approval",
        "Is it approved?",
        "Pack",
        "Ship",
    ]
    assert result.output == {"shipped": True}


def test_a_refused_order_fails() -> None:
    result = place(approved=False)
    assert result.path[-1] == "Refused"
    assert (result.error, result.cause) == ("OrderRefused", "The order was refused.")
