"""Connections to providers of repositories, such as GitHub: pending until somebody shakes hands.

The repositories themselves are git repositories of this machine (`localcloud/codecommit`), by
their full names: a handshake is a request to the server's own API.
"""
