from lab.deploy.yamltags import RESET, Replaced, dump


def test_values_take_the_place_of_others_or_take_them_away() -> None:
    text = dump({"ports": Replaced(["80:80"]), "networks": {"a": Replaced({"x": 1})}, "name": RESET, "plain": [1]})
    assert text == "ports: !override\n- 80:80\nnetworks:\n  a: !override\n    x: 1\nname: !reset 'null'\nplain:\n- 1\n"


def test_what_stands_in_two_places_is_written_twice() -> None:
    shared = {"a": "b"}
    assert "&" not in dump({"one": shared, "two": shared})
