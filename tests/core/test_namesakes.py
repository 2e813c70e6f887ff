"""One name, two entries: who is to be told apart, and who may stand there twice."""

from __future__ import annotations

from fieldkit.core.namesakes import doubles, namesakes
from fieldkit.core.views import PersonLine


def line(p: str, name: str, status: str = "in", *, walkin: bool = False, mark: str = "") -> PersonLine:
    return PersonLine(p, name, "", status, True, False, walkin, "phone", [], mark, "", False)


def test_names_are_compared_as_people_do_and_no_name_is_no_ones() -> None:
    people = [line("a", "Ana  Ruiz"), line("b", "ana ruiz "), line("c", "Bo"), line("d", ""), line("e", "")]
    assert namesakes(people) == {"a", "b"}


def test_somebody_of_the_list_who_is_not_here_and_a_walk_in_may_be_one() -> None:
    """Expected and not come, or marked absent; whoever is in, or was taken out, is not meant."""
    walk = line("w", "ana ruiz", walkin=True)
    assert doubles([line("a", "Ana Ruiz", "expected"), walk]) == {"a", "w"}
    assert doubles([line("a", "Ana Ruiz", "out", mark="absent"), walk]) == {"a", "w"}
    assert doubles([line("a", "Ana Ruiz"), walk]) == set()
    assert doubles([line("a", "Ana Ruiz", "expected"), line("w", "ana ruiz", "removed", walkin=True)]) == set()
    assert doubles([line("a", "Ana Ruiz", "removed", mark="absent"), walk]) == set()
    assert doubles([line("a", "", "expected"), line("w", "", walkin=True)]) == set()
