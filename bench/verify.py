"""P9: verifying a bundle with everything in it, against one Ed25519 verification a record; its size; its memory."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bench.logs import make_file, signer
from bench.processes import ROOT
from bench.reference import bundle, bundle_of
from bench.report import Row, alternate, cpu, median, ratio, talk
from fieldkit.log.bundle import verify_bundle
from fieldkit.log.keys import new_identity
from fieldkit.log.seal import Lock

PEAK = """
import resource, sys
from pathlib import Path
from bench.logs import signer
from fieldkit.log.bundle import verify_bundle
said = verify_bundle(Path(sys.argv[1]), [signer().vkey])
assert said.verdict == "verified", said
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak(path: Path) -> int:
    """Most resident bytes of a process that verifies this file and does nothing else."""
    done = subprocess.run([sys.executable, "-c", PEAK, str(path)], cwd=ROOT, capture_output=True, text=True, check=True)
    return int(done.stdout) * 1024


def run(short: bool = False) -> list[Row]:
    n, turns = (20_000, 3) if short else (100_000, 5)
    large = 60_000 if short else 1_000_000
    key = signer()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        reference, records, vkey = bundle(folder)
        size = reference.stat().st_size
        sealed = bundle_of(folder / "reference.db", folder / "sealed.fkb", Lock((new_identity()[1],))).stat().st_size
        talk(f"a log of {n:,} records…")
        path = folder / "n.db"
        make_file(path, n)
        one = bundle_of(path, folder / "n.fkb")
        lines = [b"%d a record line of some one hundred and fifty bytes %b" % (k, b"x" * 100) for k in range(2000)]
        signed = [(key.sign(line), line) for line in lines]
        public = Ed25519PublicKey.from_public_bytes(vkey.pub)

        def ours() -> None:
            assert verify_bundle(one, [vkey]).verdict == "verified"

        def floor() -> None:
            for signature, line in signed:
                public.verify(signature, line)

        each = [
            [t / k for t in told]
            for told, k in zip(alternate(turns, lambda: cpu(ours), lambda: cpu(floor)), (n, len(lines)), strict=True)
        ]
        talk(f"a log of {large:,} records…")
        path = folder / "large.db"
        make_file(path, large)
        small, big = peak(one), peak(bundle_of(path, folder / "large.fkb"))
        plain = (folder / "n.fkb").stat().st_size / n
    us = [median(x) * 1e6 for x in each]
    return [
        Row(
            f"verify a bundle of {n:,} records",
            f"{us[0]:.2f} µs a record",
            f"one Ed25519 verification a record: {us[1]:.1f} µs",
            ratio(each[1], each[0]),
            "×",
            25,
        ),
        Row(
            f"the reference session ({records} records of 40 people), its file",
            f"{size:,} B",
            "",
            round(size / records, 1),
            " B a record",
            None,
            45,
        ),
        Row("the same, sealed", f"{sealed:,} B", "", sealed / 1000, " kB", None, 24),
        Row(f"a bundle of {n:,} records, an eighth of them with words", f"{plain:.0f} B a record"),
        Row(
            f"memory for {large:,} records, above that for {n:,}",
            f"{(big - small) / 2**20:.1f} MiB",
            f"{small / 2**20:.0f} MiB",
            round((big - small) / 2**20, 1),
            " MiB",
            None,
            64,
        ),
    ]
