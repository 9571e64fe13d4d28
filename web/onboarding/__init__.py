"""A network without a screen: an access point of our own, and a page to choose another."""
