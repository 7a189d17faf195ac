"""The same bundle behind LitServe, for `serve_load.py`: its own queue and batches, a worker for each processor.

python tests/benchmarks/peer_litserve.py BUNDLE PORT      (pip install litserve)
"""

import sys
from collections.abc import Sequence
from typing import Any

import litserve

import headwater
from headwater.serving.decoding import Prediction
from headwater.serving.model import processors

__all__ = ["Texts"]

TOGETHER, WAIT = 32, 0.005  # requests of a batch, and seconds that the first of them waits for others


class Texts(litserve.LitAPI):  # type: ignore[misc]
    """POST /v1/classify with {"texts": [one]}: the same body as ours takes."""

    def setup(self, device: str) -> None:
        self.model: Any = headwater.load(sys.argv[1], workers=1)

    def decode_request(self, request: dict[str, Any]) -> str:
        return str(request["texts"][0])

    def batch(self, inputs: Sequence[str]) -> list[str]:
        return list(inputs)

    def predict(self, texts: list[str]) -> list[Prediction]:
        return list(self.model.predict(texts))

    def unbatch(self, output: list[Prediction]) -> list[Prediction]:
        return output

    def encode_response(self, found: Prediction) -> dict[str, Any]:
        return {"label": found.label, "probability": found.probability, "abstained": found.abstained}


if __name__ == "__main__":
    api = Texts(max_batch_size=TOGETHER, batch_timeout=WAIT, api_path="/v1/classify")
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=processors(), timeout=30)
    server.run(host="127.0.0.1", port=int(sys.argv[2]), generate_client_file=False, log_level="error")
