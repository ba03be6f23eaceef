"""Rows are handed over in pieces that Firehose takes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sightline.adapters.aws.lake import BATCH_BYTES, BATCH_RECORDS, RECORD_BYTES, chunks


@given(st.lists(st.sampled_from([0, 1, 4096, RECORD_BYTES]), max_size=1500))
def test_every_row_is_in_one_piece_within_the_limits_and_in_order(sizes: list[int]) -> None:
    blank = bytes(RECORD_BYTES)
    rows = [blank[:size] for size in sizes]
    pieces = list(chunks(rows))
    assert [index for piece in pieces for index in piece] == list(range(len(rows)))
    for piece in pieces:
        assert 0 < len(piece) <= BATCH_RECORDS
        assert sum(len(rows[index]) for index in piece) <= BATCH_BYTES


def test_pieces_are_as_large_as_they_may_be() -> None:
    assert [len(piece) for piece in chunks([b"x"] * 1001)] == [500, 500, 1]
    assert [len(piece) for piece in chunks([bytes(RECORD_BYTES)] * 5)] == [4, 1]
