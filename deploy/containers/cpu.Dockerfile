# What serves on a CPU: the API, the dashboards, the poller, the couriers. No torch, no compiler, no pip.
#   docker build -f deploy/containers/cpu.Dockerfile -t headwater-cpu:0.1.0 .
# Without the models that ship (mount yours and set HEADWATER_MODELS): --build-arg MODELS=none
# By digest, once you have looked it up:  --build-arg BASE=python:3.11.14-slim-bookworm@sha256:...
ARG BASE=python:3.11.14-slim-bookworm
ARG MODELS=shipped

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

FROM wheels AS code
ARG EXTRAS=cpu,alerts,documents,grpc,postgres,signin
# Into an environment that has no pip of its own, by the pip of this stage.
RUN --mount=type=cache,target=/root/.cache/pip \
    python -m venv --without-pip /opt/headwater \
 && python -m pip --python /opt/headwater/bin/python install --disable-pip-version-check \
      --only-binary=:all: -c constraints.txt "headwater[${EXTRAS}] @ file://$(ls /wheels/headwater-*.whl)"

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
LABEL org.opencontainers.image.title="headwater-cpu" \
      org.opencontainers.image.description="Headwater: bundles over HTTP, dashboards and pollers, on a CPU" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="Apache-2.0"
# The base's own pip goes: what runs here installs nothing.
RUN python -m pip uninstall --yes --quiet --root-user-action=ignore pip setuptools wheel \
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
EXPOSE 8000 8501
# Ctrl-C: the server then takes no more requests and finishes those that it has, in 10 s at most.
STOPSIGNAL SIGTERM
# Of the API; a dashboard answers on 8501 at /_stcore/health, as deploy/compose/compose.yaml has it.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import urllib.request as r; r.build_opener(r.ProxyHandler({})).open('http://127.0.0.1:8000/health', timeout=4)"]
CMD ["headwater", "serve", "--host", "0.0.0.0", "--port", "8000"]
