"""Connections, their Pages and tokens: how they stand, what is found of them, how they end."""
