"""How long gen takes, beside what others take: `python -m benchmarks`, or `make bench`."""
