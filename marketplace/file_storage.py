"""How Django is told of the object storage that stored files are moved to."""

import os
from importlib.util import find_spec
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from marketplace.environment import secret


def described(bucket: str, endpoint: str, *, is_production: bool) -> dict[str, Any]:
    """The storage of a bucket, for ``STORAGES``; its region and its keys come from the environment.

    Raises ``ImproperlyConfigured`` where the extra ``s3`` is missing, or files would go there unencrypted.
    """
    if not find_spec("storages") or not find_spec("boto3"):
        raise ImproperlyConfigured('S3_BUCKET needs the extra s3: pip install ".[s3]"')
    if is_production and endpoint.startswith("http://"):
        raise ImproperlyConfigured("S3_ENDPOINT needs https:// in production: files go there.")
    from botocore.config import Config  # of the extra, and only here

    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "endpoint_url": endpoint or None,
            "region_name": os.environ.get("S3_REGION") or None,
            "access_key": secret("S3_ACCESS_KEY") or None,
            "secret_key": secret("S3_SECRET_KEY") or None,
            "file_overwrite": True,
            "default_acl": None,
            "querystring_auth": True,
            # A page doesn't wait longer than this for a storage that is away.
            "client_config": Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 2}),
        },
    }
