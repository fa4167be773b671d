"""Turn `lambda_code/<fn>` into a zip that is byte-identical for identical input on any machine.

`build` reads the folder (sources.py) and its hash-locked requirements.txt (requirements.py), has
pip fetch the wheels for the target into a cache (target.py, wheels.py), lays both side by side and
writes them as a zip in which nothing depends on the machine (archive.py). What was built before
from the same bytes is taken from the cache (store.py). The sha256 names the release: code that did
not change has the same key in every region, and is neither uploaded nor deployed again. A signed
package (signature.py) is named by the package that was signed.
"""

from generator.package.assembly import Package, build, release_key
from generator.package.handler import check_code, check_handler
from generator.package.signature import difference, is_signed, package_key
from generator.package.target import Target

__all__ = [
    "Package",
    "Target",
    "build",
    "check_code",
    "check_handler",
    "difference",
    "is_signed",
    "package_key",
    "release_key",
]
