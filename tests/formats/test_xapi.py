"""xAPI: every statement is good to two judges, says nothing that was not to be named, and has the same id each time."""

from __future__ import annotations

import json

import pytest

from fieldkit.core import records as r
from fieldkit.core.office import corrected
from fieldkit.core.plan import Activity, Range
from fieldkit.core.tables import Sheet, Signatures
from fieldkit.errors import WrongUsage
from fieldkit.formats.export import render
from fieldkit.formats.xapi import statements, write
from fieldkit.formats.xapi.interactions import right
from fieldkit.formats.xapi.statements import duration, stamp
from tests.core.logbook import HOSTILE, T0, Logbook, meeting
from tests.core.logbook_types import every_type
from tests.formats.xapi_languages import LANGS, in_every_language
from tests.kit.xapi import VECTORS, Json, schema, wrong

ROOMS = {"meeting": meeting, "every type": every_type, "every language": in_every_language}
DEVICE = "ld.acme.example/dev/7q2k+8d9aa389+AW9E4hQreedCexdPluUfayLr9km9aGQiDlZLuZeJRDYz"


def made(log: Logbook, **more: object) -> list[Json]:
    return statements(Sheet(log.session, log.plan, Signatures(device=DEVICE, verified=True)), **more)  # type: ignore[arg-type]


def verb(one: Json) -> str:
    return str(one["verb"]["display"]["en"])


def about(log: Logbook, word: str, activity: str) -> list[Json]:
    return [one for one in made(log) if verb(one) == word and one["object"]["id"].endswith(f"/activities/{activity}")]


def test_the_judges_tell_good_from_bad() -> None:
    judge = schema()
    assert [list(judge.iter_errors(one)) for one in VECTORS["good"]] == [[]] * 12
    passed = [one for one in VECTORS["bad"] if judge.is_valid(one) and not wrong(one)]
    assert passed == []


@pytest.mark.parametrize("room", ROOMS)
def test_both_judges_take_every_statement(room: str) -> None:
    judge, found = schema(), made(ROOMS[room](), leaf=lambda i: f"leaf-of-{i}")
    assert len(found) > 10
    for one in found:
        assert [error.message for error in judge.iter_errors(one)] == [], one
        assert wrong(one) == [], one
    assert len({one["id"] for one in found}) == len(found)


def test_a_question_stands_in_every_language_that_its_pack_has() -> None:
    (one, *_) = about(in_every_language(), "answered", "q1")
    words = one["object"]["definition"]
    assert set(words["description"]) == set(words["choices"][0]["description"]) == set(LANGS) and len(LANGS) == 11


def test_every_type_that_asks_makes_its_kind_of_interaction() -> None:
    kinds = {
        one["object"]["definition"].get("interactionType") for one in made(every_type()) if verb(one) == "answered"
    }
    kinds |= {one["object"]["definition"].get("interactionType") for one in made(meeting()) if verb(one) == "answered"}
    assert kinds == {"choice", "true-false", "numeric", "fill-in", "matching", "sequencing", "other"}


@pytest.mark.parametrize(
    ("activity", "pattern", "response"),
    [
        ("n1", ["3.5[:]4.5"], "4"),
        ("o1", ["shut[,]lock[,]verify[,]notify"], "shut[,]lock[,]verify[,]notify"),
        ("m1", ["hasp[.]p[,]cover[.]e[,]tag[.]h"], "hasp[.]p[,]cover[.]e[,]tag[.]h"),
        ("h2", None, "0.3,0.4[,]0.31,0.4[,]0.02,0.02"),
    ],
)
def test_answers_are_spelled_as_the_specification_spells_them(
    activity: str, pattern: list[str] | None, response: str
) -> None:
    log = every_type()
    first = about(log, "answered", activity)[0]
    assert first["result"]["response"] == response
    if pattern is not None:
        assert first["object"]["definition"]["correctResponsesPattern"] == pattern


def test_an_exact_number_and_one_with_an_open_end() -> None:
    def of(**span: str) -> list[str]:
        return right(Activity(id="n", type="number", text=["?"], number=Range(**span)))

    assert (of(exact="4"), of(min="4"), of(max="-1.5")) == (["4[:]4"], ["4[:]"], ["[:]-1.5"])


def test_a_poll_has_no_right_answer() -> None:
    (one, *_) = about(meeting(), "answered", "poll")
    assert "correctResponsesPattern" not in one["object"]["definition"] and "success" not in one["result"]


@pytest.mark.parametrize("mode", ["confidential", "anonymous", "of a later release"])
def test_what_was_not_to_be_named_makes_no_statement(mode: str) -> None:
    log = Logbook()
    log.join("a", "Ann", "E1")
    log.open("q1", mode=mode)
    log.answer("a", "q1", "b")
    log.close("q1")
    log.open("say", mode=mode)
    log.say("a", "said in confidence", "say")
    log.end()
    raw = write(Sheet(log.session, log.plan, Signatures()))
    assert {verb(one) for one in json.loads(raw)} <= {"attended", "completed"} and b"in confidence" not in raw


def test_an_open_or_void_round_and_a_hidden_message_make_none() -> None:
    log = Logbook()
    log.join("a", "Ann", "E1")
    log.open("q1")
    log.answer("a", "q1", "b")
    ref = log.say("a", "hidden words")
    log.add(r.SayHidden(ref=ref))
    assert {verb(one) for one in made(log)} == {"attended"}
    log.close("q1")
    assert [verb(one) for one in made(log)] == ["attended", "answered"]
    log.add(r.ActivityVoided(activity="q1", round=1))
    assert {verb(one) for one in made(log)} == {"attended"}


def test_who_objected_is_not_there() -> None:
    log = Logbook()
    log.join("a", "Ann", "E1")
    log.add(r.PersonObjected(why="request"), "a")
    log.end()
    assert made(log) == []


def test_nobodys_name_is_sent_and_people_are_accounts() -> None:
    raw = write(Sheet((log := meeting()).session, log.plan, Signatures()))
    for name in (*HOSTILE, "Sam Ortiz"):
        assert json.dumps(name)[1:-1].encode() not in raw and name.encode() not in raw
    accounts = [one["actor"]["account"] for one in json.loads(raw)]
    assert {"homePage": "https://ld.acme.example/people", "name": "E1"} in accounts
    walkin = next(one for one in accounts if one["name"] != "E1")
    assert walkin["name"] == "000017-k3m9w2p4-b", "known in this session only"


def test_a_badge_of_somebody_else_is_another_account() -> None:
    log = Logbook()
    log.join("a", "Ann", "E1", issuer="Acme / [/] GmbH")
    (one,) = made(log)
    assert one["actor"]["account"]["homePage"] == "https://ld.acme.example/people/Acme%20%2F%20%5B%2F%5D%20GmbH"
    assert wrong(one) == []


def test_the_same_facts_have_the_same_ids_and_a_corrected_one_another() -> None:
    one, other = every_type(), every_type()
    assert made(one) == made(other)
    before = {x["id"] for x in made(one)}
    put = {"activity": "n1", "round": 1, "v": ["5"]}
    other.add(r.Amended(do="correct", why="mistake", by="fac", set=put), "a", {"reason": "typed wrongly"})
    after = {x["id"] for x in made(other)}
    assert len(before - after) == 1 and len(after - before) == 1
    (new,) = [x for x in made(other) if x["id"] in after - before]
    assert new["result"]["response"] == "5" and new["result"]["extensions"]["urn:fieldkit:xapi:amended"] is True


def test_a_statement_names_the_record_it_comes_from() -> None:
    log = meeting()
    for one in made(log, leaf=lambda i: f"leaf {i}"):
        told = one["context"]["extensions"]
        assert told["urn:fieldkit:xapi:origin"] == log.session.origin and told["urn:fieldkit:xapi:key"] == "8d9aa389"
        i = told.get("urn:fieldkit:xapi:record")
        assert (i is None) == (verb(one) == "completed")
        if i is not None:
            assert told["urn:fieldkit:xapi:leaf"] == f"leaf {i}" and log.records[i].p is not None


def test_durations_have_hundredths_and_times_are_utc() -> None:
    assert (duration(0), duration(61_239), duration(3_600_000)) == ("PT0.00S", "PT61.23S", "PT3600.00S")
    assert stamp(T0) == "2026-11-22T09:20:00.000Z" or stamp(T0).endswith("Z")
    assert stamp(10**30) == "1970-01-01T00:00:00.000Z"


def test_nobody_makes_an_empty_array() -> None:
    log = Logbook()
    assert write(Sheet(log.session, log.plan, Signatures())) == b"[]\n"


@pytest.mark.parametrize(
    ("what", "profile", "verbs"),
    [
        ("all", "", {"attended", "answered", "commented", "passed", "failed", "completed"}),
        ("attendance", "", {"attended", "completed"}),
        ("answers", "", {"answered"}),
        ("discussion", "", {"commented"}),
        ("checklists", "", {"passed", "failed"}),
        ("all", "compliance", {"attended", "passed", "failed", "completed"}),
        ("all", "roster", {"attended"}),
    ],
)
def test_a_table_and_a_profile_have_their_statements(what: str, profile: str, verbs: set[str]) -> None:
    log = meeting()
    raw = render(log.session, log.plan, Signatures(), what, "xapi", profile=profile)
    assert {verb(one) for one in json.loads(raw)} == verbs


@pytest.mark.parametrize("what", ["results", "pacing", "corrections", "due"])
def test_what_is_about_nobody_makes_no_statements(what: str) -> None:
    log = meeting()
    with pytest.raises(WrongUsage, match="makes no xAPI statements"):
        render(log.session, log.plan, Signatures(), what, "xapi")


def test_a_correction_of_head_office_names_no_record_of_this_log() -> None:
    """It stands in a log of the office; the index it has in the fold is nobody's."""
    log = every_type()
    ref = r.Ref(i=0, leaf="0" * 64, o=log.session.origin)
    put = {"activity": "n1", "round": 1, "v": ["5"]}
    said = r.Amended(do="correct", why="mistake", by="office", ref=ref, set=put)
    corrected(log.session, [("ld.acme.example/dev/desk/000001-k3m9w2p4", r.Record(1, 0, T0, said, "a", None, {}))])
    found = [one for one in made(log, leaf=lambda i: f"leaf {i}") if one["result"].get("response") == "5"]
    assert len(found) == 1 and "urn:fieldkit:xapi:record" not in found[0]["context"]["extensions"]
