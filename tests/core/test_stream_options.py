"""Asking for usage changes as little as can be, and always to valid JSON that means the same plus the request."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_proxy.core import strict_json
from llm_proxy.core.stream_options import usage_edit

CASES = [
    ('{"stream":true}', '{"stream":true,"stream_options":{"include_usage":true}}'),
    ('{"stream": true }  ', '{"stream": true ,"stream_options":{"include_usage":true}}  '),
    ('{"stream_options":null,"a":1}', '{"stream_options":{"include_usage":true},"a":1}'),
    ('{"stream_options": {} }', '{"stream_options": {"include_usage":true} }'),
    (
        '{"stream_options":{"x":[1,{"include_usage":false}]}}',
        '{"stream_options":{"include_usage":true,"x":[1,{"include_usage":false}]}}',
    ),
    ('{"stream_options":{"include_usage" : false}}', '{"stream_options":{"include_usage" : true}}'),
    (
        '{"m":"\\"stream_options\\":","stream_options":{"include_usage":null}}',
        '{"m":"\\"stream_options\\":","stream_options":{"include_usage":true}}',
    ),
    ('{"stream\\u005foptions":{"include_usage":false}}', '{"stream\\u005foptions":{"include_usage":true}}'),
    ('{"stream_options":{"include_usage":true}}', None),
    ('{"stream_options":{"include_usage":0}}', None),
    ('{"stream_options":{"include_usage":1}}', None),
    ('{"stream_options":{"include_usage":"SECRET"}}', None),
    ('{"stream_options":{"include_usage":{"a":"SECRET"}}}', None),
    ('{"stream_options":"yes"}', None),
]


@pytest.mark.parametrize(("body", "expected"), CASES)
def test_S17_only_the_flag_is_spliced_in(body: str, expected: str | None) -> None:
    document = strict_json.read(body.encode())
    edit = usage_edit(document)
    assert (edit and strict_json.splice(document, {}, [edit]).decode()) == expected


members = st.dictionaries(
    st.text(max_size=5), st.none() | st.booleans() | st.integers() | st.text(max_size=9), max_size=4
)


@given(before=members, after=members, options=st.none() | members, indent=st.none() | st.integers(0, 2))
def test_any_body_gains_the_flag_and_nothing_else(
    before: dict, after: dict, options: dict | None, indent: int | None
) -> None:
    tree = {**before, "stream_options": options, **after}
    document = strict_json.read(json.dumps(tree, indent=indent).encode())
    edit = usage_edit(document)
    out = strict_json.splice(document, {}, [edit] if edit else [])
    assert json.loads(out) == {**tree, "stream_options": {**(options or {}), "include_usage": True}}
