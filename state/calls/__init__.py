"""Call records and what a workspace says of them."""
