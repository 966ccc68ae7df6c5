"""Files of meter readings as people have them: what their columns mean is proposed, confirmed, and then followed. Pure."""
