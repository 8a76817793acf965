# The code server, the daemon, the web server and the runs: one image for all of them.
# docs/deployment.md describes how it is used. Pin the digest of the base image in your copy.
ARG PYTHON_IMAGE=python:3.13-slim

FROM ${PYTHON_IMAGE} AS build
COPY . /source
RUN sh /source/.ci/install-server /opt/sparkify

FROM ${PYTHON_IMAGE}
RUN useradd --system --uid 10001 --home-dir /var/lib/sparkify --create-home sparkify
COPY --from=build /opt/sparkify /opt/sparkify
COPY docs/deployment/containers/dagster.yaml docs/deployment/containers/workspace.yaml /etc/dagster/
ENV PATH=/opt/sparkify/bin:$PATH \
    DAGSTER_HOME=/etc/dagster \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001
WORKDIR /var/lib/sparkify
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s \
    CMD ["dagster", "api", "grpc-health-check", "-p", "4266"]
CMD ["dagster", "code-server", "start", "-h", "0.0.0.0", "-p", "4266", "-m", "sparkify_dagster.definitions"]
