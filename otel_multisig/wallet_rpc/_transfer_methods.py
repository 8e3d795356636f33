"""Methods that make, sign and publish transactions.

Source: ``src/wallet/wallet_rpc_server_commands_defs.h`` of Monero, releases 0.18.0.0 to 0.18.5.1 and what is to follow.

A transaction that is not published yet is a secret: whoever holds it can publish it, or link its inputs to its maker.
"""

from __future__ import annotations

from typing import Final

from otel_multisig.wallet_rpc._catalogue import Method, Phase, below, fields

_T: Final = Phase.TRANSFER

_DESTINATIONS: Final = below("destinations[]", fields(addresses="address", amounts="amount"))
_SPENDING: Final = fields(
    public="account_index subaddr_indices[] priority ring_size unlock_time do_not_relay get_tx_hex get_tx_metadata",
    addresses="payment_id",
)
_ONE: Final = fields(
    addresses="tx_hash",
    secrets="tx_key tx_blob tx_metadata multisig_txset unsigned_txset spent_key_images.key_images[]",
    amounts="amount amounts_by_dest.amounts[] fee",
    public="weight",
)
_MANY: Final = fields(
    addresses="tx_hash_list[]",
    secrets=(
        "tx_key_list[] tx_blob_list[] tx_metadata_list[] multisig_txset unsigned_txset "
        "spent_key_images_list[].key_images[]"
    ),
    amounts="amount_list[] amounts_by_dest_list[].amounts[] fee_list[]",
    public="weight_list[]",
)
_SUMMARY: Final = fields(
    amounts="amount_in amount_out recipients[].amount change_amount fee",
    addresses="recipients[].address change_address",
)

TRANSFER_METHODS: Final = (
    Method(
        "transfer",
        _T,
        (*_DESTINATIONS, *_SPENDING, *fields(public="get_tx_key subtract_fee_from_outputs[]")),
        _ONE,
    ),
    Method("transfer_split", _T, (*_DESTINATIONS, *_SPENDING, *fields(public="get_tx_keys")), _MANY),
    Method(
        "sweep_all",
        _T,
        (
            *_SPENDING,
            *fields(public="subaddr_indices_all outputs get_tx_keys", addresses="address", amounts="below_amount"),
        ),
        _MANY,
    ),
    Method(
        "sweep_single",
        _T,
        fields(
            public="priority ring_size outputs unlock_time get_tx_key do_not_relay get_tx_hex get_tx_metadata",
            addresses="address payment_id",
            secrets="key_image",
        ),
        _ONE,
    ),
    Method("sweep_dust", _T, fields(public="get_tx_keys do_not_relay get_tx_hex get_tx_metadata"), _MANY),
    Method("relay_tx", _T, fields(secrets="hex"), fields(addresses="tx_hash")),
    Method(
        "describe_transfer",
        Phase.SIGNING,
        fields(secrets="unsigned_txset multisig_txset"),
        (
            *below("summary", _SUMMARY),
            *below("desc[]", _SUMMARY),
            *below(
                "desc[]",
                fields(
                    public="ring_size unlock_time dummy_outputs weight sources[].rct",
                    amounts="sources[].amount",
                    addresses="payment_id",
                    secrets="extra sources[].global_index sources[].pubkey",
                ),
            ),
        ),
    ),
    Method(
        "sign_transfer",
        Phase.SIGNING,
        fields(secrets="unsigned_txset", public="export_raw get_tx_keys"),
        fields(secrets="signed_txset tx_raw_list[] tx_key_list[]", addresses="tx_hash_list[]"),
    ),
    Method("submit_transfer", Phase.SIGNING, fields(secrets="tx_data_hex"), fields(addresses="tx_hash_list[]")),
    Method("freeze", _T, fields(secrets="key_image")),
    Method("thaw", _T, fields(secrets="key_image")),
    Method("export_outputs", Phase.SYNC, fields(public="all start count"), fields(secrets="outputs_data_hex")),
    Method("import_outputs", Phase.SYNC, fields(secrets="outputs_data_hex"), fields(public="num_imported")),
    Method(
        "export_key_images",
        Phase.SYNC,
        fields(public="all"),
        fields(public="offset", secrets="signed_key_images[].key_image signed_key_images[].signature"),
    ),
    Method(
        "import_key_images",
        Phase.SYNC,
        fields(public="offset", secrets="signed_key_images[].key_image signed_key_images[].signature"),
        fields(public="height", amounts="spent unspent"),
    ),
    Method(
        "estimate_tx_size_and_weight",
        _T,
        fields(public="n_inputs n_outputs ring_size rct"),
        fields(public="size weight"),
    ),
    Method("get_default_fee_priority", _T, result=fields(public="priority")),
)
