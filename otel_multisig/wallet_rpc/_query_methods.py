"""Methods that only ask: balances, addresses, payments, keys, proofs.

Source: ``src/wallet/wallet_rpc_server_commands_defs.h`` of Monero, releases 0.18.0.0 to 0.18.5.1 and what is to follow.
"""

from __future__ import annotations

from typing import Final

from otel_multisig.wallet_rpc._catalogue import Method, Phase, below, fields

_Q: Final = Phase.QUERY

_PAYMENT: Final = fields(
    addresses="payment_id tx_hash address",
    amounts="amount",
    public="block_height unlock_time locked subaddr_index.major subaddr_index.minor",
)
_TRANSFER_ENTRY: Final = fields(
    addresses="txid payment_id address destinations[].address",
    amounts="amount amounts[] fee change_amount destinations[].amount",
    public=(
        "height timestamp type unlock_time locked double_spend_seen confirmations suggested_confirmations_threshold "
        "subaddr_index.major subaddr_index.minor subaddr_indices[].major subaddr_indices[].minor"
    ),
    texts="note",
)
_PROVEN: Final = fields(amounts="received", public="in_pool confirmations")
_URI: Final = fields(addresses="address payment_id", amounts="amount", texts="tx_description recipient_name")

QUERY_METHODS: Final = (
    Method(
        "get_balance",
        _Q,
        fields(public="account_index address_indices[] all_accounts strict"),
        (
            *fields(
                amounts="balance unlocked_balance", public="multisig_import_needed blocks_to_unlock time_to_unlock"
            ),
            *below(
                "per_subaddress[]",
                fields(
                    public="account_index address_index num_unspent_outputs blocks_to_unlock time_to_unlock",
                    addresses="address",
                    amounts="balance unlocked_balance",
                    texts="label",
                ),
            ),
        ),
    ),
    Method(
        "get_address",
        _Q,
        fields(public="account_index address_index[]"),
        (
            *fields(addresses="address"),
            *below("addresses[]", fields(addresses="address", texts="label", public="address_index used")),
        ),
    ),
    Method("get_address_index", _Q, fields(addresses="address"), fields(public="index.major index.minor")),
    Method(
        "get_accounts",
        _Q,
        fields(texts="tag", public="strict_balances regexp"),
        (
            *fields(amounts="total_balance total_unlocked_balance"),
            *below(
                "subaddress_accounts[]",
                fields(
                    public="account_index",
                    addresses="base_address",
                    amounts="balance unlocked_balance",
                    texts="label tag",
                ),
            ),
        ),
    ),
    Method(
        "get_account_tags",
        _Q,
        result=below("account_tags[]", fields(texts="tag label", public="accounts[]")),
    ),
    Method("get_height", _Q, result=fields(public="height")),
    Method("frozen", _Q, fields(secrets="key_image"), fields(public="frozen")),
    Method("get_payments", _Q, fields(addresses="payment_id"), below("payments[]", _PAYMENT)),
    Method(
        "get_bulk_payments",
        _Q,
        fields(addresses="payment_ids[]", public="min_block_height"),
        below("payments[]", _PAYMENT),
    ),
    Method(
        "incoming_transfers",
        _Q,
        fields(public="transfer_type account_index subaddr_indices[]"),
        below(
            "transfers[]",
            fields(
                amounts="amount",
                public="spent block_height frozen unlocked subaddr_index.major subaddr_index.minor",
                addresses="tx_hash",
                secrets="global_index key_image pubkey",
            ),
        ),
    ),
    Method(
        "get_transfers",
        _Q,
        fields(
            public=(
                "in out pending failed pool filter_by_height min_height max_height account_index subaddr_indices[] "
                "all_accounts"
            ),
        ),
        tuple(
            field
            for kind in ("in", "out", "pending", "failed", "pool")
            for field in below(f"{kind}[]", _TRANSFER_ENTRY)
        ),
    ),
    Method(
        "get_transfer_by_txid",
        _Q,
        fields(addresses="txid", public="account_index"),
        (*below("transfer", _TRANSFER_ENTRY), *below("transfers[]", _TRANSFER_ENTRY)),
    ),
    Method("query_key", _Q, fields(public="key_type"), fields(secrets="key")),
    Method("get_tx_key", _Q, fields(addresses="txid"), fields(secrets="tx_key")),
    Method("check_tx_key", _Q, fields(addresses="txid address", secrets="tx_key"), _PROVEN),
    Method("get_tx_proof", _Q, fields(addresses="txid address", texts="message"), fields(secrets="signature")),
    Method(
        "check_tx_proof",
        _Q,
        fields(addresses="txid address", texts="message", secrets="signature"),
        (*fields(public="good"), *_PROVEN),
    ),
    Method("get_spend_proof", _Q, fields(addresses="txid", texts="message"), fields(secrets="signature")),
    Method(
        "check_spend_proof",
        _Q,
        fields(addresses="txid", texts="message", secrets="signature"),
        fields(public="good"),
    ),
    Method(
        "get_reserve_proof",
        _Q,
        fields(public="all account_index", amounts="amount", texts="message"),
        fields(secrets="signature"),
    ),
    Method(
        "check_reserve_proof",
        _Q,
        fields(addresses="address", texts="message", secrets="signature"),
        fields(public="good", amounts="total spent"),
    ),
    Method("get_tx_notes", _Q, fields(addresses="txids[]"), fields(texts="notes[]")),
    Method("set_tx_notes", _Q, fields(addresses="txids[]", texts="notes[]")),
    Method(
        "sign",
        _Q,
        fields(texts="data", public="account_index address_index signature_type"),
        fields(secrets="signature"),
    ),
    Method(
        "verify",
        _Q,
        fields(texts="data", addresses="address", secrets="signature"),
        fields(public="good version old signature_type"),
    ),
    Method("make_uri", _Q, _URI, fields(secrets="uri")),
    Method("parse_uri", _Q, fields(secrets="uri"), (*below("uri", _URI), *fields(texts="unknown_parameters[]"))),
    Method(
        "make_integrated_address",
        _Q,
        fields(addresses="standard_address payment_id"),
        fields(addresses="integrated_address payment_id"),
    ),
    Method(
        "split_integrated_address",
        _Q,
        fields(addresses="integrated_address"),
        fields(addresses="standard_address payment_id", public="is_subaddress"),
    ),
    Method(
        "validate_address",
        _Q,
        fields(addresses="address", public="any_net_type allow_openalias"),
        fields(public="valid integrated subaddress nettype", addresses="openalias_address"),
    ),
    Method(
        "get_address_book",
        _Q,
        fields(public="entries[]"),
        below("entries[]", fields(public="index", addresses="address", texts="description")),
    ),
)
