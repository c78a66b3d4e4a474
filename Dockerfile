# One image, several commands: `serve` (the API), `run`, `dagster`. Dependencies first, so that a code change rebuilds only the last layers.
FROM python:3.11-slim AS build
WORKDIR /app
COPY requirements-bootstrap.lock requirements.lock ./
RUN python -m venv /app/.venv \
 && /app/.venv/bin/python -m pip install --no-cache-dir --require-hashes -r requirements-bootstrap.lock \
 && /app/.venv/bin/uv pip install --no-cache --compile-bytecode --python /app/.venv/bin/python --require-hashes -r requirements.lock
COPY pyproject.toml README.md ./
COPY forecasting forecasting
COPY dagster_project dagster_project
COPY api api
COPY dbt_project dbt_project
COPY models_sql models_sql
COPY profiles profiles
RUN printf '/app\n' > "$(/app/.venv/bin/python -c 'import site; print(site.getsitepackages()[0])')/forecast.pth" \
 && printf '#!/app/.venv/bin/python\nfrom dagster_project.cli.main import run\nrun()\n' > /app/.venv/bin/forecast \
 && chmod +x /app/.venv/bin/forecast

FROM python:3.11-slim
# LightGBM's OpenMP runtime is the one system library needed.
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --create-home forecast && install -d -o forecast /data
COPY --from=build /app /app
USER forecast
WORKDIR /data
ENV PATH=/app/.venv/bin:$PATH FORECAST_HOME=/data PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=3s CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/ready', timeout=2)"]
ENTRYPOINT ["forecast"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
