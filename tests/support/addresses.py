"""The addresses that are ours."""

from django.urls import reverse

from tests import walk

ADDRESSES = walk.addresses()
OURS = [address for address in ADDRESSES if address.foreign is None]


def url_of(address, samples):
    return reverse(address.name, kwargs=samples[address.name].arguments if address.arguments else {})
