"""Standard input: rows as they come, some together, and whoever writes waits while they are written."""

import io
import json
import os
import threading
import time

from headwater.store.tables import utc_now
from sentiment_monitor.intake import stream
from sentiment_monitor.intake.stream import read_stream


def lines(count: int) -> bytes:
    return b"".join(json.dumps({"id": str(n), "text": f"Oil {n}"}).encode() + b"\n" for n in range(count))


def test_all_rows_in_order_and_bad_ones_aside() -> None:
    content = lines(1200) + b"\n{broken\n\xff\n" + b"x" * (stream.MAX_LINE + 10) + b'\n{"text": "last"}'
    batches = list(read_stream(io.BytesIO(content), utc_now, "stdin"))
    assert [item.key for batch in batches for item in batch.items][:1200] == [str(n) for n in range(1200)]
    assert batches[-1].items[-1].text == "last" and batches[-1].items[-1].source == "stdin"
    rejects = [reject.reason for batch in batches for reject in batch.rejects]
    assert len(rejects) == 3 and "longer than" in rejects[2]
    assert max(len(batch) for batch in batches) <= stream.ROWS


def test_nothing_is_nothing() -> None:
    assert list(read_stream(io.BytesIO(b""), utc_now, "stdin")) == []


def test_a_row_does_not_wait_for_the_end() -> None:
    inside, outside = os.pipe()
    with os.fdopen(inside, "rb") as reading, os.fdopen(outside, "wb", buffering=0) as writing:
        writing.write(lines(2))
        batches = read_stream(reading, utc_now, "stdin", patience=0.05)
        assert len(next(batches)) == 2
        writing.write(lines(1))
        assert len(next(batches)) == 1
        writing.close()
        assert list(batches) == []


def test_who_writes_waits_while_a_batch_is_written() -> None:
    inside, outside = os.pipe()
    written = []

    def write() -> None:
        with os.fdopen(outside, "wb", buffering=0) as writing:
            for _ in range(40):
                writing.write(lines(250))
                written.append(250)

    with os.fdopen(inside, "rb") as reading:
        batches = read_stream(reading, utc_now, "stdin")
        thread = threading.Thread(target=write, daemon=True)
        thread.start()
        got = len(next(batches))
        time.sleep(0.3)
        pipe = 65_536 // len(lines(1)) + 8192 // len(lines(1))
        assert sum(written) <= got + stream.ROWS + pipe + 250 < 10_000
        got += sum(len(batch) for batch in batches)
        thread.join()
    assert got == 10_000
