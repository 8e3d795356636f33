"""Methods of multisig wallets: set-up, synchronisation, signing.

Source: ``src/wallet/wallet_rpc_server_commands_defs.h`` of Monero, releases 0.18.0.0 to 0.18.5.1 and what is to follow.
"""

from __future__ import annotations

from typing import Final

from otel_multisig.wallet_rpc._catalogue import Method, Phase, fields

_KEY_EXCHANGE_RESULT: Final = fields(addresses="address", multisig_infos="multisig_info")

MULTISIG_METHODS: Final = (
    Method(
        "is_multisig",
        Phase.SETUP,
        result=fields(public="multisig kex_is_done ready threshold total"),
    ),
    Method(
        "prepare_multisig",
        Phase.SETUP,
        params=fields(public="enable_multisig_experimental"),
        result=fields(multisig_infos="multisig_info"),
    ),
    Method(
        "make_multisig",
        Phase.SETUP,
        params=fields(multisig_infos="multisig_info[]", public="threshold", secrets="password"),
        result=_KEY_EXCHANGE_RESULT,
    ),
    Method(
        "exchange_multisig_keys",
        Phase.SETUP,
        params=fields(
            multisig_infos="multisig_info[]",
            public="force_update_use_with_caution",
            secrets="password",
        ),
        result=_KEY_EXCHANGE_RESULT,
    ),
    Method(
        "finalize_multisig",  # does nothing since 0.18.0.0, gone in 0.18.1
        Phase.SETUP,
        params=fields(multisig_infos="multisig_info[]", secrets="password"),
        result=fields(addresses="address"),
    ),
    Method(
        "get_multisig_key_exchange_booster",
        Phase.SETUP,
        params=fields(multisig_infos="multisig_info[]", public="threshold num_signers", secrets="password"),
        result=fields(multisig_infos="multisig_info"),
    ),
    Method(
        "export_multisig_info",
        Phase.SYNC,
        result=fields(multisig_infos="info"),
    ),
    Method(
        "import_multisig_info",
        Phase.SYNC,
        params=fields(multisig_infos="info[]", public="refresh_after_import"),
        result=fields(public="n_outputs"),
    ),
    Method(
        "sign_multisig",
        Phase.SIGNING,
        params=fields(secrets="tx_data_hex"),
        result=fields(secrets="tx_data_hex", addresses="tx_hash_list[]"),
    ),
    Method(
        "submit_multisig",
        Phase.SIGNING,
        params=fields(secrets="tx_data_hex"),
        result=fields(addresses="tx_hash_list[]"),
    ),
)
