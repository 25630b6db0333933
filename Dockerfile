FROM python:3.12-slim AS build
WORKDIR /build
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
COPY rules ./rules
RUN python -m venv /opt/gonogo && /opt/gonogo/bin/python -m pip install --no-cache-dir --disable-pip-version-check .

FROM python:3.12-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 gonogo
COPY --from=build /opt/gonogo /opt/gonogo
ENV PATH="/opt/gonogo/bin:$PATH" PYTHONUTF8=1
USER gonogo
WORKDIR /src
ENTRYPOINT ["gonogo"]
CMD ["check", "."]
