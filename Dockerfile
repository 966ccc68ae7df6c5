# One image for web, worker and beat; what differs is the command (docker-compose.yml).
FROM python:3.11-slim-bookworm
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY requirements.lock .
RUN pip install --no-cache-dir --require-hashes --no-deps -r requirements.lock
COPY . .
# The names of the static files carry a digest, which needs the production settings; the key signs nothing here.
RUN PRODUCTION=1 SECRET_KEY=only-for-building-only-for-building-only-for-building-x SITE_URL=https://none.example \
    DATABASE_URL=postgresql:///none REDIS_URL=redis://none python manage.py collectstatic --noinput \
    && useradd --system --no-create-home marketplace && mkdir -p data && chown marketplace data
USER marketplace
EXPOSE 8000
CMD ["gunicorn", "marketplace.wsgi", "--bind", "0.0.0.0:8000"]
