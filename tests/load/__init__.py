"""``make load``: many people use the site as it is deployed, beside an upload and through the last minutes of bidding."""
