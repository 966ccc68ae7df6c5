"""The whole site as processes that are killed, paused and restarted at random while it is used (``make faults``)."""
