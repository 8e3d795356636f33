"""Methods that handle wallet files, accounts, the daemon and the server itself.

Source: ``src/wallet/wallet_rpc_server_commands_defs.h`` of Monero, releases 0.18.0.0 to 0.18.5.1 and what is to follow.
"""

from __future__ import annotations

from typing import Final

from otel_multisig.wallet_rpc._catalogue import Method, Phase, fields

_W: Final = Phase.WALLET

WALLET_METHODS: Final = (
    Method("create_wallet", _W, fields(file_names="filename", secrets="password", public="language")),
    Method("open_wallet", _W, fields(file_names="filename", secrets="password", public="autosave_current")),
    Method("close_wallet", _W, fields(public="autosave_current")),
    Method("change_wallet_password", _W, fields(secrets="old_password new_password")),
    Method(
        "generate_from_keys",
        _W,
        fields(
            public="restore_height autosave_current language",
            file_names="filename",
            addresses="address",
            secrets="spendkey viewkey password",
        ),
        fields(addresses="address", texts="info"),
    ),
    Method(
        "restore_deterministic_wallet",
        _W,
        fields(
            public="restore_height language autosave_current enable_multisig_experimental",
            file_names="filename",
            secrets="seed seed_offset password",
        ),
        fields(addresses="address", secrets="seed", texts="info", public="was_deprecated"),
    ),
    Method("store", _W),
    Method("stop_wallet", _W),
    Method("get_version", _W, result=fields(public="version release")),
    Method("get_languages", _W, result=fields(public="languages[] languages_local[]")),
    Method("set_attribute", _W, fields(texts="key", secrets="value")),
    Method("get_attribute", _W, fields(texts="key"), fields(secrets="value")),
    Method("create_account", _W, fields(texts="label"), fields(public="account_index", addresses="address")),
    Method("label_account", _W, fields(public="account_index", texts="label")),
    Method("tag_accounts", _W, fields(texts="tag", public="accounts[]")),
    Method("untag_accounts", _W, fields(public="accounts[]")),
    Method("set_account_tag_description", _W, fields(texts="tag description")),
    Method(
        "create_address",
        _W,
        fields(public="account_index count", texts="label"),
        fields(addresses="address addresses[]", public="address_index address_indices[]"),
    ),
    Method("label_address", _W, fields(public="index.major index.minor", texts="label")),
    Method("set_subaddress_lookahead", _W, fields(secrets="password", public="major_idx minor_idx")),
    Method("add_address_book", _W, fields(addresses="address", texts="description"), fields(public="index")),
    Method(
        "edit_address_book",
        _W,
        fields(public="index set_address set_description", addresses="address", texts="description"),
    ),
    Method("delete_address_book", _W, fields(public="index")),
    Method(
        "set_daemon",
        _W,
        fields(
            public="trusted ssl_support ssl_allow_any_cert",
            # The address of the daemon, or of a proxy before it, may carry credentials.
            texts="address proxy ssl_allowed_fingerprints[]",
            secrets="username password",
            file_names="ssl_private_key_path ssl_certificate_path ssl_ca_file",
        ),
    ),
    Method("set_log_level", _W, fields(public="level")),
    Method("set_log_categories", _W, fields(texts="categories"), fields(texts="categories")),
    Method("start_mining", _W, fields(public="threads_count do_background_mining ignore_battery")),
    Method("stop_mining", _W),
    Method("refresh", Phase.SYNC, fields(public="start_height"), fields(public="blocks_fetched received_money")),
    Method("auto_refresh", Phase.SYNC, fields(public="enable period")),
    Method("rescan_blockchain", Phase.SYNC, fields(public="hard keep_key_images")),
    Method("rescan_spent", Phase.SYNC),
    Method("scan_tx", Phase.SYNC, fields(addresses="txids[]")),
    Method(
        "setup_background_sync",
        Phase.SYNC,
        fields(public="background_sync_type", secrets="wallet_password background_cache_password"),
    ),
    Method("start_background_sync", Phase.SYNC),
    Method("stop_background_sync", Phase.SYNC, fields(secrets="wallet_password seed seed_offset")),
)
