"""OpenADR 3.1: the door for client software that speaks this standard."""
