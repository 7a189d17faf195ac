"""Rows of Parquet files, a few at a time."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from headwater.errors import DataError
from headwater.scoring.rows import Reject, Row, make_row

__all__ = ["ParquetFile"]

COLUMNS = ("id", "published", "source", "title", "url")
BATCH = 512  # rows at most: as many headlines are nothing
HELD = 8 * 2**20  # bytes of values in a batch: 512 texts of MAX_TEXT would be half a gigabyte
OPTIONS = {"pre_buffer": False, "buffer_size": 1 << 20}  # reading ahead would hold whole row groups


class ParquetFile:
    """A Parquet file whose `share` tells how many of its rows were read (0 to 1).

    Raises DataError where the file is not Parquet or has no column of strings named `text_column`.
    """

    def __init__(self, path: Path, text_column: str = "text", id_column: str = "id") -> None:
        self.path, self.text_column, self.id_column, self.read = path, text_column, id_column, 0
        try:
            self.file = pq.ParquetFile(path, **OPTIONS)
        except (pa.ArrowInvalid, OSError, UnicodeDecodeError) as fault:
            raise DataError(f"{path} cannot be read as Parquet: {fault}") from fault
        schema = self.file.schema_arrow
        kind = schema.field(text_column).type if text_column in schema.names else None
        if kind is None or not _is_text(kind):
            raise DataError(
                f"{path}: expected a column {text_column!r} of strings, got {', '.join(map(str, schema))}: "
                "name the column of the texts with --text-column"
            )
        # A list can name one long text a million times in a single row.
        held = {field.name for field in schema if not pa.types.is_nested(field.type)}
        self.columns = [name for name in dict.fromkeys((text_column, id_column, *COLUMNS)) if name in held]

    def share(self) -> float:
        return self.read / max(self.file.metadata.num_rows, 1)

    def __enter__(self) -> "ParquetFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def rows(self) -> Iterator[Row | Reject]:
        """One item for each row; `number` counts from 1."""
        try:
            for group in range(self.file.num_row_groups):
                for batch in self.file.iter_batches(self._most(group), row_groups=[group], columns=self.columns):
                    columns = {name: _values(batch.column(name)) for name in self.columns}
                    for at in range(batch.num_rows):
                        self.read += 1
                        fields = {name: values[at] for name, values in columns.items()}
                        yield make_row(self.read, fields, self.text_column, self.id_column)
        except (pa.ArrowException, OSError, UnicodeDecodeError) as fault:
            raise DataError(f"{self.path}: cannot be read after row {self.read}: {fault}") from fault

    def _most(self, group: int) -> int:
        """Rows of a row group that are read at once: about `HELD` bytes of values."""
        told = self.file.metadata.row_group(group)
        chunks = [told.column(at) for at in range(told.num_columns)]
        stored = sum(each.total_uncompressed_size for each in chunks if each.path_in_schema in self.columns)
        a_row = stored // max(told.num_rows, 1) + self._longest(group)
        return max(1, min(BATCH, HELD // max(a_row, 1)))

    def _longest(self, group: int) -> int:
        """Bytes of the longest values of the dictionaries that precede the pages of a row group: a file of 600 bytes can
        name one megabyte of text in each of its rows.
        """
        with pq.ParquetFile(self.path, metadata=self.file.metadata, read_dictionary=self.columns, **OPTIONS) as file:
            first = next(file.iter_batches(1, row_groups=[group], columns=self.columns), None)
            if first is None:
                return 0
            # What comes as a dictionary by itself is decoded once for all rows of a batch.
            dense = [
                name for name in self.columns if not pa.types.is_dictionary(self.file.schema_arrow.field(name).type)
            ]
            return sum(_width(first.column(name)) for name in dense)


def _width(column: pa.Array) -> int:
    """Bytes of the longest value; `HELD` where that cannot be told."""
    if pa.types.is_dictionary(column.type):
        return pc.max(pc.binary_length(column.dictionary)).as_py() or 0
    if pa.types.is_boolean(column.type) or pa.types.is_null(column.type):
        return 1
    try:
        return column.type.byte_width
    except ValueError:
        return HELD


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def _values(column: pa.Array) -> list:
    """Python values; a string with bytes that are not UTF-8 keeps them as lone surrogates, as text files do."""
    if pa.types.is_dictionary(column.type):
        used = column.indices.unique()  # of a dictionary that may be far longer than the batch
        values = dict(zip(used.to_pylist(), _values(column.dictionary.take(used)), strict=True))
        return [values[index] for index in column.indices.to_pylist()]
    if pa.types.is_timestamp(column.type):
        # Through integers: as_py() refuses nanoseconds and years that Python's datetime cannot hold.
        zone_free = column.cast(pa.timestamp("us", column.type.tz), safe=False).cast(
            pa.timestamp("us", column.type.tz and "UTC")
        )
        column = zone_free.cast(pa.int64()).cast(pa.timestamp("us")).cast(pa.string())
    if _is_text(column.type):
        raw = column.cast(pa.large_binary()).to_pylist()
        return [None if value is None else value.decode("utf-8", "surrogateescape") for value in raw]
    return column.to_pylist()
