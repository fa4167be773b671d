"""Code signing: Signer's signatures on packages, and functions that take only such packages.

signature.py writes and reads signatures; configs.py keeps code signing configurations;
verification.py judges packages by them; install.py puts all of it into ministack.
"""
