"""Secrets that really rotate, and the resource types that belong to them."""
