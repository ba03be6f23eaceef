"""Manifests are read as Ground Truth and people really write them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.domain.lookout import manifest
from sightline.domain.lookout.errors import ValidationError
from sightline.domain.lookout.manifest import Label
from sightline.domain.lookout.records import S3Object
from tests.examples import NOON
from tests.lookout_examples import line


def test_the_class_name_alone_decides_the_label() -> None:
    inverted = json.loads(line("a.png", "anomaly"))
    inverted["anomaly-label"] = 0
    entry = manifest.parse_line(json.dumps(inverted), NOON)
    assert entry.label is Label.ANOMALY
    assert entry.source_ref == "s3://pictures/a.png"


@pytest.mark.parametrize("name", ["Normal", "broken", "", None, 7, ["normal"]])
def test_any_other_class_name_leaves_the_image_unlabelled(name: object) -> None:
    values = json.loads(line("a.png"))
    values["anomaly-label-metadata"]["class-name"] = name
    assert manifest.parse_line(json.dumps(values), NOON).label is None


def test_the_label_may_be_named_after_the_labelling_job() -> None:
    text = json.dumps(
        {
            "source-ref": "s3://b/aliens/1.png",
            "aliens-v3": 1,
            "aliens-v3-metadata": {"class-name": "normal", "job-name": "labeling-job/aliens-v3"},
        }
    )
    assert manifest.parse_line(text, NOON).label is Label.NORMAL


def test_an_image_without_a_label_is_unlabelled() -> None:
    assert manifest.parse_line('{"source-ref": "s3://b/k"}', NOON).label is None


def test_a_mask_gives_its_colours_without_the_background() -> None:
    mask = manifest.parse_line(line("a.png", "anomaly", mask="m/a.png"), NOON).mask
    assert mask is not None
    assert mask.source == S3Object("pictures", "m/a.png")
    assert mask.colours == {"#23a436": "cracked"}


def test_a_colour_map_may_lack_the_background_and_the_confidence() -> None:
    values = json.loads(line("a.png", "anomaly", mask="m/a.png"))
    colours = {"0": {"class-name": "cracked", "hex-color": "#23A436"}}
    values["anomaly-mask-ref-metadata"]["internal-color-map"] = colours
    values["anomaly-mask-ref-metadata"]["creation-date"] = "Mon Aug 22 2022 13:52:52 GMT-0700"
    mask = manifest.parse_line(json.dumps(values), NOON).mask
    assert mask is not None
    assert mask.colours == {"#23a436": "cracked"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{]", "it is not JSON"),
        ("[1]", "it is not a JSON object"),
        ("{}", "it has no source-ref"),
        ('{"source-ref": 7}', "it has no source-ref"),
        ('{"source-ref": "https://b/k"}', "is not of the form s3://bucket/key"),
        ('{"source-ref": "s3://bucket"}', "is not of the form s3://bucket/key"),
        ('{"source-ref": "s3://b/k", "x": NaN}', "NaN is not JSON"),
        ('{"source-ref": "s3://b/\\ud800"}', "it is not JSON"),
        ('{"source-ref": "s3://b/k", "x": ' + "[" * 4000 + "]" * 4000 + "}", "it is not JSON"),
        ('{"source-ref": "s3://b/' + "k" * 8200 + '"}', "2 to 8192"),
    ],
)
def test_a_line_that_cannot_be_used_says_why(text: str, words: str) -> None:
    with pytest.raises(ValidationError, match="Line 2 of the manifest cannot be used") as caught:
        manifest.parse([line("a.png"), text], NOON, images_max=10)
    assert words in str(caught.value)


def test_byte_order_mark_blank_lines_and_line_ends_do_not_matter() -> None:
    lines = ["\ufeff" + line("a.png") + "\r", "", "  ", line("b.png", "anomaly")]
    assert [e.source.key for e in manifest.parse(lines, NOON, images_max=2)] == ["a.png", "b.png"]


def test_of_two_lines_for_one_image_the_later_stands() -> None:
    lines = [line("a.png"), line("b.png"), line("a.png", "anomaly")]
    found = manifest.parse(lines, NOON, images_max=2)
    assert [(e.source.key, e.label) for e in found] == [
        ("a.png", Label.ANOMALY),
        ("b.png", Label.NORMAL),
    ]


def test_all_images_are_in_one_bucket_and_not_too_many() -> None:
    with pytest.raises(ValidationError, match="must be in one bucket"):
        manifest.parse([line("a.png"), line("b.png", bucket="other")], NOON, images_max=2)
    with pytest.raises(ValidationError, match="more than 1 images"):
        manifest.parse([line("a.png"), line("b.png")], NOON, images_max=1)


def test_a_folder_that_was_listed_with_its_images_is_named_and_stored_ones_still_read() -> None:
    wanted = r"Line 2 of the manifest .* s3://pictures/normal/ is a folder, not an image"
    with pytest.raises(ValidationError, match=wanted):
        manifest.parse([line("normal/a.png"), line("normal/")], NOON, images_max=9)
    stored = manifest.dump([manifest.parse_line(line("normal/"), NOON)])
    assert [entry.source_ref for entry in manifest.load(stored)] == ["s3://pictures/normal/"]


def test_stored_entries_read_back_and_changes_replace_them_whole() -> None:
    entries = manifest.parse([line("a.png"), line("ü.png", mask="m")], NOON, images_max=9)
    assert manifest.load(manifest.dump(entries)) == entries
    changed = manifest.parse([line("ü.png", "anomaly"), line("c.png")], NOON, images_max=9)
    merged = manifest.merge(entries, changed)
    assert [(e.source.key, e.label, e.mask) for e in merged] == [
        ("a.png", Label.NORMAL, None),
        ("ü.png", Label.ANOMALY, None),
        ("c.png", Label.NORMAL, None),
    ]


def test_a_line_that_we_write_reads_back() -> None:
    for label in Label:
        text = manifest.write_line(S3Object("b", "k ü.png"), label, NOON)
        entry = manifest.parse_line(text, NOON)
        assert (entry.source_ref, entry.label) == ("s3://b/k ü.png", label)


NAMES = [
    "source-ref",
    "a-metadata",
    "b-ref",
    "b-ref-metadata",
    "class-name",
    "type",
    "hex-color",
    "internal-color-map",
    "0",
]

json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(
    st.one_of(
        st.text(),
        json_values.map(json.dumps),
        json_values.map(
            lambda v: json.dumps(
                {
                    "source-ref": "s3://b/k",
                    "x-metadata": v,
                    "m-ref": "s3://b/m",
                    "m-ref-metadata": v,
                }
            )
        ),
    )
)
def test_no_line_whatever_does_more_than_be_refused(text: str) -> None:
    try:
        entry = manifest.parse_line(text, NOON)
    except ValidationError:
        return
    assert manifest.load(manifest.dump([entry])) == [entry]
