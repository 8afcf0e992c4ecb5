from components.contract import VARIABLES
from operations.contract_page import PAGE, contract_page


def test_the_committed_page_is_current():
    assert PAGE.read_text() == contract_page(), "run: python -m operations.contract_page"


def test_every_variable_has_its_row_and_secrets_are_marked():
    rows = {line.split("`")[1]: line for line in contract_page().splitlines() if line.startswith("| `")}
    assert list(rows) == [entry.name for entry in VARIABLES]
    assert {name for name, row in rows.items() if row.endswith("| yes |")} == {v.name for v in VARIABLES if v.secret}
