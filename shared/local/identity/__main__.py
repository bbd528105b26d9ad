"""Serve local identity: `python -m shared.local.identity --port N --data DIR`."""

import argparse
import signal
import sys
from pathlib import Path

from shared.local.faults.loading import load_faults
from shared.local.identity.server import IdentityServer
from shared.local.identity.service_account import public_key_pem
from shared.local.identity.tokens import TokenSigner
from shared.local.process import exit_with_parent


def main() -> None:
    """Serve until SIGTERM."""
    arguments = _parse_arguments()
    if arguments.parent:
        exit_with_parent(arguments.parent)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signer = TokenSigner(f"http://127.0.0.1:{arguments.port}", arguments.data / "identity" / "key.pem")
    account_key = public_key_pem(arguments.account_key) if arguments.account_key else None
    faults = load_faults("identity", arguments.faults)
    with IdentityServer(arguments.port, signer, account_key, faults) as server:
        server.serve_forever()


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m shared.local.identity", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True, help="the key is DATA/identity/key.pem")
    parser.add_argument(
        "--account-key", type=Path, help="service-account file whose key every assertion must be signed with"
    )
    parser.add_argument("--faults", type=Path, help="folder of the plan of faults and their account")
    parser.add_argument("--parent", type=int, help="process id whose end ends this part too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
