"""A stand-in for AWS on 127.0.0.1: no account, no Docker, no network.

`python -m localcloud start --home DIR` starts one server process for DIR and prints its endpoint;
every AWS SDK then talks to it by endpoint URL. Twelve digits as access key choose the account, the
signature's region the region.

The engine is ministack, in the server's own process; `ministack.py` and its neighbours
`ministack_*.py` are the only modules that know its private names. Around it: `stacksets/` (which
ministack lacks), `resources/` (resource types it lacks, real ones and recorded ones), `strict/`
(what AWS refuses and ministack lets pass) and `calls.py` (a log of every call). `cloud.py` puts
them together; `server.py` serves the result; `daemon.py` starts and stops it; `cli.py` is the door.
What is real, what is only recorded and what differs from AWS is told in README.md.
"""
