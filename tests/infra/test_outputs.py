import pytest

from infra.outputs import OUTPUTS, export


def test_the_contract_is_exported_as_it_stands(run):
    values = {name: name.upper() for name in OUTPUTS}
    assert run(lambda: export(values)).exports == values


@pytest.mark.parametrize(("change", "name"), [({"extra": 1}, "extra"), ({"url": None}, "url")])
def test_an_export_outside_the_contract_is_refused(run, change, name):
    values = dict.fromkeys(OUTPUTS, "") | change
    if values[name] is None:
        del values[name]
    with pytest.raises(ValueError, match=f"exports and infra/outputs.py differ by {name}; bring them together"):
        run(lambda: export(values))
