"""Webhooks: what happens to an organisation, posted to addresses that it names, signed, in order, and again until taken."""
