"""Deliveries: what leaves the site and may fail on the way. One engine claims, sends, backs off, gives up and
tells.

Each kind of delivery is a table of waiting rows (:class:`models.Delivery`) and a channel
(:class:`channels.Channel`) that sends one of them. An app registers its channel in ``AppConfig.ready()``,
writes a row in the transaction of what happened and calls :func:`waking.wake_on_commit`.
"""
