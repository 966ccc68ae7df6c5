"""The cache makes things faster; without it everything works as well."""

import pytest
from django.test import override_settings

from marketplace import memo

NOWHERE = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": "unix:///nowhere/valkey.sock",
    }
}


@pytest.fixture
def no_cache():
    with override_settings(CACHES=NOWHERE):
        yield


def test_what_is_kept_is_recalled():
    memo.cache_set("tests.memo", {"a": 1}, 60)
    memo.cache_set_many({"tests.memo.1": "x", "tests.memo.2": "y"}, 60)
    assert memo.cache_get("tests.memo") == {"a": 1}
    assert memo.cache_get_many(["tests.memo.1", "tests.memo.3"]) == {"tests.memo.1": "x"}


def test_only_the_first_of_many_is_first():
    assert [memo.cache_add("tests.memo.first", 60) for _ in range(3)] == [True, False, False]


def test_without_a_cache_nothing_is_known_and_nothing_fails(no_cache):
    memo.cache_set("tests.memo", 1, 60)
    memo.cache_set_many({"tests.memo": 1}, 60)
    assert memo.cache_get("tests.memo") is None
    assert memo.cache_get_many(["tests.memo"]) == {}
    assert memo.cache_add("tests.memo.asked", 60)
