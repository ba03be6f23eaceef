from __future__ import annotations

from pulumi.runtime import rpc

from sightline.local.provider.storage import enforceable
from sightline.local.provider.values import attribute, pascal, plain


def test_whole_numbers_are_integers_at_every_depth() -> None:
    found = plain({"days": 30.0, "rules": [{"share": 0.5, "n": 2.0}], "on": True})

    assert repr(found) == "{'days': 30, 'rules': [{'share': 0.5, 'n': 2}], 'on': True}"


def test_secrets_are_unwrapped() -> None:
    secret = {rpc._special_sig_key: rpc._special_secret_sig, "value": {"password": "x", "n": 1.0}}

    assert plain({"a": [secret]}) == {"a": [{"password": "x", "n": 1}]}


def test_keys_become_pascal_case_but_for_the_users_own() -> None:
    inputs = {"someKey": [{"kmsKeyId": 1}], "tags": {"costCentre": "x"}}

    assert pascal(inputs, irregular={"kmsKeyId": "KMSKeyID"}, verbatim=("tags",)) == {
        "SomeKey": [{"KMSKeyID": 1}],
        "Tags": {"costCentre": "x"},
    }


def test_attributes_are_text() -> None:
    assert [attribute(value) for value in (True, 30, "x")] == ["true", "30", "x"]


def test_only_statements_that_ask_for_tls_are_left_out() -> None:
    tls = {"Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    other = {"Effect": "Deny", "Condition": {"StringEquals": {"aws:SourceAccount": "1"}}}

    assert enforceable({"Version": "v", "Statement": [tls, other]}) == {
        "Version": "v",
        "Statement": [other],
    }
