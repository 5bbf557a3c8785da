"""Why backups are not where they were looked for, in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.backup.sight import FolderState, MissingCause, is_other_client, project_of, why_missing

OURS = "4711-abc.apps.googleusercontent.com"
SIBLING = "4711-xyz.apps.googleusercontent.com"
STRANGER = "815-abc.apps.googleusercontent.com"


@pytest.mark.parametrize(
    ("state", "made_by", "cause"),
    [
        ("in_bin", STRANGER, "in_bin"),  # what is seen was made by us, whatever is remembered
        ("unseen", STRANGER, "other_client"),
        ("unseen", SIBLING, "deleted_or_hidden"),
        ("unseen", None, "deleted_or_hidden"),
        (None, STRANGER, "other_client"),
        (None, None, "nothing_found"),
        (None, OURS, "nothing_found"),
    ],
)
def test_each_cause_has_its_words_and_a_way_out(
    state: FolderState | None, made_by: str | None, cause: MissingCause
) -> None:
    why = why_missing(state, made_by=made_by, client_id=OURS)
    assert why is not None
    assert why.cause == cause
    assert ("restore FILE" in why.remedy) is (cause != "in_bin")
    assert ("4711" in why.sentence and "815" in why.sentence) is (cause == "other_client")


@pytest.mark.parametrize("state", ["usable", "closed"])
def test_a_folder_that_can_be_read_is_not_missing(state: FolderState) -> None:
    assert why_missing(state, made_by=STRANGER, client_id=OURS) is None


def test_the_project_is_in_front_of_the_client_id() -> None:
    assert project_of(OURS) == project_of(f" {SIBLING}\n") == "4711"
    for other in (
        "",
        "4711",
        "abc.apps.googleusercontent.com",
        "client-of-another-provider",
        "4711-abc.example",
    ):
        assert project_of(other) is None


@given(st.text(max_size=60), st.text(max_size=60))
def test_two_clients_are_told_apart_only_by_two_projects(made_by: str, client_id: str) -> None:
    if is_other_client(made_by, client_id):
        assert project_of(made_by) != project_of(client_id)
    assert not is_other_client(client_id, client_id)
    assert not is_other_client(None, client_id)
