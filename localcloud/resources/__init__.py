"""The resource types that ministack lacks.

`real.py` makes those whose service ministack has; `recorded.py` all others that exist in the
resource schemas: checked and remembered, with attributes of the right shape (`shapes.py`), but
nothing behind them.
"""
