"""The protocol's bytes, against the bytes that Triton's own client makes and reads."""

import json
import resource
from contextlib import suppress

import numpy as np
import pytest
import tritonclient.http as triton
from hypothesis import given
from hypothesis import strategies as st

from headwater.api.tensors import HEADER, check_outputs, decode, encode, rows_of
from headwater.errors import InputError

VALUES = np.array([[1, 2, 3], [4, 5, -6]], dtype=np.int64)


def body_of(binary: bool, outputs: list[triton.InferRequestedOutput] | None = None) -> tuple[bytes, str | None]:
    tensors = [triton.InferInput(name, VALUES.shape, "INT64") for name in ("ids", "mask")]
    for factor, tensor in enumerate(tensors, 1):
        tensor.set_data_from_numpy(factor * VALUES, binary_data=binary)
    made, length = triton.InferenceServerClient.generate_request_body(tensors, outputs=outputs, request_id="r1")
    return made, None if length is None else str(length)


@pytest.mark.parametrize("binary", [True, False])
def test_what_tritons_client_sends_is_read(binary):
    read = decode(*body_of(binary))

    assert read.id == "r1"
    assert read.inputs.keys() == {"ids", "mask"}
    assert np.array_equal(read.inputs["ids"], VALUES)
    assert np.array_equal(read.inputs["mask"], 2 * VALUES)
    assert read.binary  # it asks for all outputs in bytes where none is named


@pytest.mark.parametrize("binary", [True, False])
def test_what_is_answered_is_read_by_tritons_client(binary):
    asked = decode(*body_of(True, [triton.InferRequestedOutput("b", binary_data=binary)]))
    outputs = {"a": np.zeros((2, 1), dtype=np.float32), "b": np.arange(6, dtype=np.float32).reshape(2, 3) / 7}

    body, headers = encode("m", "2", asked, outputs)
    result = triton.InferenceServerClient.parse_response_body(
        body, header_length=int(headers[HEADER]) if HEADER in headers else None
    )

    assert (HEADER in headers) == binary
    assert result.as_numpy("a") is None
    assert np.array_equal(result.as_numpy("b"), outputs["b"])
    assert result.get_response()["id"] == "r1"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "JSON object"),
        (b"[]", 'list "inputs"'),
        (b'{"inputs": [1]}', "each input to be an object"),
        (b'{"inputs": [{"name": "ids", "datatype": "FP32", "shape": [1, 1], "data": [1]}]}', "expected datatype INT64"),
        (b'{"inputs": [{"name": "ids", "datatype": "INT64", "shape": [1], "data": [1]}]}', "a shape of"),
        (b'{"inputs": [{"name": "ids", "datatype": "INT64", "shape": [1, -1], "data": [1]}]}', "a shape of"),
        (b'{"inputs": [{"name": "ids", "datatype": "INT64", "shape": [1, true], "data": [1]}]}', "a shape of"),
        (
            b'{"inputs": [{"name": "ids", "datatype": "INT64", "shape": [1, 2], "data": [1]}]}',
            "expected 2 whole numbers",
        ),
        (b'{"inputs": [{"name": "ids", "datatype": "INT64", "shape": [1, 2], "data": [1, 2.5]}]}', "whole numbers"),
        (
            b'{"inputs": [{"name": "ids", "datatype": "INT64", "shape": [1, 2], "data": [[1], [1, 2]]}]}',
            "whole numbers",
        ),
        (b'{"inputs": [], "outputs": {}}', '"outputs" to be a list'),
        (b'{"inputs": [], "outputs": [3]}', "each output to be an object"),
        (b'{"inputs": [], "parameters": [3]}', "each parameters to be an object"),
        (b'{"inputs": [], "outputs": [{"name": "a"}, {"name": "a"}]}', "each output once"),
        (
            b'{"inputs": [], "outputs": [{"name": "a", "parameters": {"classification": 2}}]}',
            "no parameter but binary_data",
        ),
        (
            b'{"inputs": [%b, %b]}' % (2 * (b'{"name": "a", "datatype": "INT64", "shape": [1, 1], "data": [1]}',)),
            "each input once, got a again",
        ),
        (
            b'{"inputs": [{"name": "a", "datatype": "INT64", "shape": [1, 1], "data": [9223372036854775808]}]}',
            "64 bits",
        ),
        (b'{"inputs": [{"name": "a", "datatype": "INT64", "shape": [1, 1], "data": [true]}]}', "whole numbers"),
        (b'{"inputs": [{"name": "a", "datatype": "INT64", "shape": [1, 1], "data": [[[1]]]}]}', "whole numbers"),
    ],
)
def test_a_body_that_is_not_as_the_protocol_has_it_is_told(content, said):
    with pytest.raises(InputError, match=said):
        decode(content, None)


@pytest.mark.parametrize("length", ["x", "-1", "99999", "9" * 5000])
def test_a_header_length_that_cannot_be_is_told(length):
    with pytest.raises(InputError, match=HEADER):
        decode(body_of(True)[0], length)


def test_sizes_of_bytes_are_held_against_the_shape_and_the_body():
    body, length = body_of(True)
    with pytest.raises(InputError, match="expected 48 bytes"):
        decode(body[:-8], length)
    with pytest.raises(InputError, match="got 8 more"):
        decode(body + b"12345678", length)
    for size in (-8, 8, 2**70, "48", 1.5, 48.0):
        head = {
            "inputs": [{"name": "a", "datatype": "INT64", "shape": [2, 3], "parameters": {"binary_data_size": size}}]
        }
        with pytest.raises(InputError, match="bytes of INT64"):
            decode(json.dumps(head).encode(), None)


def test_an_output_that_is_not_there_is_told_before_anything_runs():
    asked = decode(*body_of(True, [triton.InferRequestedOutput("nope")]))
    with pytest.raises(InputError, match="expected outputs of a, b, got 'nope'"):
        check_outputs(asked, ["a", "b"])
    check_outputs(decode(*body_of(True, [triton.InferRequestedOutput("b")])), ["a", "b"])


def test_texts_among_the_numbers_take_no_memory():
    data = ["x" * 50_000] + ["y"] * 9_999
    content = {"inputs": [{"name": "ids", "datatype": "INT64", "shape": [100, 100], "data": data}]}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError, match="10000 whole numbers"):
        decode(json.dumps(content).encode(), None)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kilobytes; a table would be 2 GB


def test_a_nested_list_is_a_row_each_and_an_id_of_null_is_none():
    content = {"id": None, "inputs": [{"name": "a", "datatype": "INT64", "shape": [2, 2], "data": [[1, 2], [3, 4]]}]}
    read = decode(json.dumps(content).encode(), None)
    assert read.inputs["a"].tolist() == [[1, 2], [3, 4]]
    assert read.id == ""


def test_inputs_are_of_one_shape_and_of_the_models_names():
    assert rows_of({"a": np.zeros((2, 3)), "b": np.zeros((2, 3))}, ["b", "a"]) == (2, 3)
    with pytest.raises(InputError, match="expected the inputs a, b, got a"):
        rows_of({"a": np.zeros((2, 3))}, ["a", "b"])
    with pytest.raises(InputError, match="of one shape"):
        rows_of({"a": np.zeros((2, 3)), "b": np.zeros((3, 2))}, ["a", "b"])
    with pytest.raises(InputError, match="of one shape"):
        rows_of({"a": np.zeros((0, 3))}, ["a"])


@given(st.binary(max_size=300), st.one_of(st.none(), st.integers(0, 300).map(str)))
def test_no_bytes_do_more_than_be_refused(content, length):
    with suppress(InputError):
        assert isinstance(decode(content, length).inputs, dict)
