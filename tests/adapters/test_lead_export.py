"""Meta's lead download, taken apart: every encoding and separator it comes in, and what is none."""

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.lead_exports import row, table, written

from adapters.lead_export import open_lead_export
from connector.domain.call import RejectedRow
from connector.domain.errors import BadInputError
from connector.domain.lead_export import ExportRow

CELLS = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\x85\u2028\u2029"), max_size=12
)
ONE_FILE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)


def rows_of(path: Path) -> list[ExportRow]:
    found = list(open_lead_export(path).rows())
    assert [one for one in found if isinstance(one, RejectedRow)] == []
    return [one for one in found if isinstance(one, ExportRow)]


@pytest.mark.parametrize("separator", ["\t", ",", ";"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-8"])
def test_every_way_it_is_written_reads_the_same(tmp_path: Path, encoding: str, separator: str) -> None:
    told = [row("1000000000000001"), row("1000000000000002", full_name='Zoë "Zo", the\nsecond')]
    path = written(tmp_path / "leads.csv", told, encoding=encoding, separator=separator)
    assert [dict(one.cells) for one in rows_of(path)] == told
    assert [one.line for one in rows_of(path)] == [2, 3]


def test_labels_full_of_commas_do_not_make_a_tsv_a_csv(tmp_path: Path) -> None:
    told = [row("1000000000000001", **{",".join("abcdefghijklmnopqrstuvwxyz"): "yes"})]
    assert dict(rows_of(written(tmp_path / "leads.csv", told))[0].cells) == told[0]


@ONE_FILE
@given(rows=st.lists(st.tuples(CELLS, CELLS), max_size=5), encoding=st.sampled_from(["utf-16", "utf-8-sig"]))
def test_whatever_people_answer_comes_back(
    tmp_path: Path, rows: list[tuple[str, str]], encoding: str
) -> None:
    told = [row(f"100000000000000{n}", full_name=name, email=mail) for n, (name, mail) in enumerate(rows)]
    path = written(tmp_path / "leads.csv", told, encoding=encoding)
    assert [dict(one.cells) for one in rows_of(path)] == told


@ONE_FILE
@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: f"id\tcreated_time\n{text}".encode()))
def test_no_file_breaks_it(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "leads.csv"
    path.write_bytes(content)
    try:
        found = list(open_lead_export(path).rows())
    except BadInputError:
        return
    assert all(len(one.text) <= 500 for one in found)


def test_two_stray_quotes_refuse_two_rows_and_not_what_is_between(tmp_path: Path) -> None:
    path = tmp_path / "leads.tsv"
    lines = table([row("1000000000000001"), row("1000000000000002"), row("1000000000000003")]).splitlines()
    stray = [lines[1].replace("Zoë", '"Zoë'), lines[2], lines[3].replace("Zoë", '"Zoë')]
    path.write_text("\n".join([lines[0], *stray]) + "\n", encoding="utf-8")
    found = list(open_lead_export(path).rows())
    assert [(one.line, isinstance(one, RejectedRow)) for one in found] == [(2, True), (3, False), (4, True)]


def test_a_row_cut_off_is_refused_alone(tmp_path: Path) -> None:
    path = tmp_path / "leads.tsv"
    whole = table([row("1000000000000001"), row("1000000000000002")])
    path.write_text(whole[: whole.rindex("zoe.")], encoding="utf-8")
    good, cut = open_lead_export(path).rows()
    assert isinstance(good, ExportRow)
    assert isinstance(cut, RejectedRow)
    assert (cut.line, cut.reason) == (3, "the row has 15 columns, the header 17")


def test_a_file_of_any_size_is_read_row_by_row(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    with path.open("w", encoding="utf-16") as file:
        header, line = table([row("1000000000000001")]).splitlines()
        file.write(f"{header}\n" + f"{line}\n" * 20_000)
    assert path.stat().st_size > 8 * 2**20
    tracemalloc.start()
    count = sum(1 for _ in open_lead_export(path).rows())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (count, peak < 2**20) == (20_000, True)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ("\n\n", "empty"),
        ("name,phone\na,b\n", "no column id"),
        ("id,phone\n1,b\n", "created_time"),
    ],
)
def test_what_is_no_download_is_refused_in_words(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "leads.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadInputError, match=says):
        open_lead_export(path)
