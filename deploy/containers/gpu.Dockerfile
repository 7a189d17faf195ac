# What serves on a GPU of NVIDIA: onnxruntime-gpu on CUDA 13 and cuDNN 9, which the base brings. No torch, no compiler, no pip.
#   docker build -f deploy/containers/gpu.Dockerfile -t headwater-gpu:0.1.0 .
#   docker run --gpus all -p 127.0.0.1:8000:8000 headwater-gpu:0.1.0      (a driver of the 580 series or newer)
# Without the models that ship (mount yours and set HEADWATER_MODELS): --build-arg MODELS=none
# By digest, once you have looked it up:  --build-arg BASE=nvidia/cuda:13.0.1-cudnn-runtime-ubuntu24.04@sha256:...
ARG BASE=nvidia/cuda:13.0.1-cudnn-runtime-ubuntu24.04
ARG MODELS=shipped

FROM ${BASE} AS wheels
# Ubuntu keeps only the newest of each package: a version written here would soon not be found.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends python3.12 python3.12-venv \
 && rm -rf /var/lib/apt/lists/*
ENV PATH=/opt/build/bin:$PATH
WORKDIR /source
COPY constraints.txt ./
RUN --mount=type=cache,target=/root/.cache/pip \
    python3.12 -m venv /opt/build \
 && python -m pip install --disable-pip-version-check "pip==25.3" \
 && python -m pip install --disable-pip-version-check -c constraints.txt hatchling
COPY pyproject.toml README.md LICENSE ./
COPY .streamlit .streamlit
COPY shared shared
COPY apps apps
RUN python -m hatchling build -t wheel -d /wheels

FROM wheels AS code
ARG EXTRAS=gpu,alerts,documents,grpc,postgres,signin
# constraints.txt has the CPU's runtime alone: this is the same version of the other one.
ARG ONNXRUNTIME=1.31.1
# Into an environment that has no pip of its own, by the pip of this stage.
RUN --mount=type=cache,target=/root/.cache/pip \
    python3.12 -m venv --without-pip /opt/headwater \
 && python -m pip --python /opt/headwater/bin/python install --disable-pip-version-check \
      --only-binary=:all: -c constraints.txt "headwater[${EXTRAS}] @ file://$(ls /wheels/headwater-*.whl)" \
      "onnxruntime-gpu==${ONNXRUNTIME}"

FROM code AS models-none

FROM code AS models-shipped
COPY models models
COPY deploy/wheel deploy/wheel
WORKDIR /source/deploy/wheel
RUN python -m hatchling build -t wheel -d /wheels \
 && python -m pip --python /opt/headwater/bin/python install --disable-pip-version-check \
      --no-cache-dir --no-deps --no-index /wheels/headwater_models-*.whl

# hadolint ignore=DL3006
FROM models-${MODELS} AS installed

FROM ${BASE}
ARG REVISION=unknown
LABEL org.opencontainers.image.title="headwater-gpu" \
      org.opencontainers.image.description="Headwater: bundles over HTTP, dashboards and pollers, on a GPU" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="Apache-2.0"
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends python3.12 \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --system --gid 10001 headwater \
 && useradd --system --uid 10001 --gid 10001 --home-dir /var/lib/headwater --no-create-home \
      --shell /usr/sbin/nologin headwater \
 && install -d -o 10001 -g 10001 -m 0750 /var/lib/headwater
COPY --from=installed /opt/headwater /opt/headwater
ENV PATH=/opt/headwater/bin:$PATH \
    HEADWATER_HOME=/var/lib/headwater \
    HOME=/var/lib/headwater \
    ORT_DISABLE_TELEMETRY=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
# Everything that is written stands in this volume, or in /tmp: the root file system may be read-only.
VOLUME /var/lib/headwater
WORKDIR /var/lib/headwater
USER 10001:10001
EXPOSE 8000
# Ctrl-C: the server then takes no more requests and finishes those that it has, in 10 s at most.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s --retries=3 \
  CMD ["python", "-c", "import urllib.request as r; r.build_opener(r.ProxyHandler({})).open('http://127.0.0.1:8000/health', timeout=4)"]
# Where the session would run elsewhere than on the GPU, this ends with a sentence that says so.
CMD ["headwater", "serve", "--device", "cuda", "--host", "0.0.0.0", "--port", "8000"]
