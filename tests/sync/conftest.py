"""Which database head office has in a test: those that ask it much run on both, each as a test of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kit import central, postgres

BOTH = (
    "test_across", "test_answered_alone", "test_at_once", "test_bad_plans", "test_codes", "test_credentials",
    "test_desk_again", "test_desk_credit", "test_desk_log", "test_digest", "test_erased_people", "test_findings",
    "test_forgotten", "test_forward", "test_front", "test_front_led", "test_governance", "test_ingest", "test_jobs",
    "test_learn_devices", "test_learn_folds", "test_learn_log", "test_one_person", "test_questions",
    "test_receipt_page", "test_report", "test_resolve", "test_revoked", "test_said", "test_shelf", "test_tombs",
    "test_witness",
)  # fmt: skip
"""Files whose tests run on SQLite and on PostgreSQL."""
KEPT_UP = (
    "test_erased_people", "test_erasure", "test_erasure_down", "test_erasure_office", "test_erasure_order",
    "test_forgotten", "test_tombs",
)  # fmt: skip
"""Files in which head office's lists are kept up after each ingest: what is erased stands in their tables too."""
OF_THE_FILE = "of_the_file"
"""Mark of a test that looks into `central.db` itself, or breaks it."""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{OF_THE_FILE}: what it proves is about SQLite's file")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.module.__name__.rpartition(".")[2] in BOTH:
        alone = metafunc.definition.get_closest_marker(OF_THE_FILE) is not None
        metafunc.parametrize("database", ["sqlite"] if alone else ["sqlite", "postgres"], indirect=True)


@pytest.fixture(autouse=True)
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where `Office.make` puts the database."""
    which = getattr(request, "param", "sqlite")
    central.ADDRESS = postgres.address if which == "postgres" else str
    central.KEEPS_UP = request.module.__name__.rpartition(".")[2] in KEPT_UP
    yield which
    central.ADDRESS, central.KEEPS_UP = str, False
