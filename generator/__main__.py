"""`python -m generator`: the command gen out of its sources, which need not be installed."""

from generator.cli import main

if __name__ == "__main__":
    main()
