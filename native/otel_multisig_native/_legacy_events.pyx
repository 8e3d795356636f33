"""The events of a recording, one function for each kind."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_GET_SIZE
from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport free

from otel_multisig_native._legacy_core cimport FILE_OPERATION, LOCK_ACQUIRED, SNAPSHOT, STATE_CHANGE, Names
from otel_multisig_native._legacy_order cimport Item, Order
from otel_multisig_native._plain_values cimport (
    NO_PORT,
    as_milliseconds,
    find,
    is_flag,
    is_text,
    read_duration,
    read_integer,
    read_port,
)
from otel_multisig_native._pretty_json cimport (
    put,
    put_bool,
    put_close,
    put_element,
    put_key,
    put_known,
    put_open,
    put_raw,
    put_signed,
    put_text,
    put_text_or_null,
    put_unsigned,
    reserve,
)
from otel_multisig_native._structs cimport EVENT_PORT, EVENT_ROLE, SPAN_ROLE, value_of

cdef enum:
    USUAL_EVENT = 512  # bytes
    MANY_ITEMS = 2048


cdef class Events(Order):
    def __dealloc__(self):
        free(self.to.data)

    cdef int begin(self) except -1:
        """What each event begins with stands in front of the file."""
        reserve(&self.to, 1024 + USUAL_EVENT * min(self.number, MANY_ITEMS))
        self.to.depth = 1
        put_open(&self.to, c"{")
        put_key(&self.to, b'"trace_id": ')
        put_text(&self.to, self.setup_id)
        put_key(&self.to, b'"timestamp": ')
        self.header = self.to.used
        self.to.depth = 0
        return put_open(&self.to, c"[")

    cdef int open_event(self, uint64_t timestamp, str event_type, str role, int port) except -1:
        put_element(&self.to)
        # First, because the text that is copied may move when room is made.
        reserve(&self.to, self.header)
        put_raw(&self.to, self.to.data, self.header)
        self.to.depth += 1
        put_unsigned(&self.to, timestamp)
        put_key(&self.to, b'"event_type": ')
        put_text(&self.to, event_type)
        put_key(&self.to, b'"role": ')
        put_text(&self.to, role)
        if port != NO_PORT:
            put_key(&self.to, b'"rpc_port": ')
            put_unsigned(&self.to, <uint64_t>port)
        put_key(&self.to, b'"details": ')
        put_open(&self.to, c"{")
        self.last, self.last_is_known = timestamp, True
        self.written += 1
        return 0

    cdef int close_event(self) except -1:
        put_close(&self.to, c"}")
        return put_close(&self.to, c"}")

    cdef str role_of(self, Item* item):
        role = value_of(&self.core.event, item.event, EVENT_ROLE)
        if not is_text(role):
            return None
        if role:
            return role
        role = value_of(&self.core.span, item.span, SPAN_ROLE)
        if not is_text(role):
            return None
        return role if role else self.core.no_role

    cdef bint write_by_python(self, Item* item) except -1:
        text = self.core.event_text(self.setup_id, <object>item.event, <object>item.span)
        if text is None:
            return True
        if not PyBytes_CheckExact(text):
            return False
        put_element(&self.to)
        put_raw(&self.to, PyBytes_AS_STRING(text), PyBytes_GET_SIZE(text))
        self.last_is_known = False
        self.written += 1
        return True

    # Nothing is written before it is clear that the event is a usual one.
    cdef bint write_usual(self, int kind, Item* item, dict known) except -1:
        cdef int port = NO_PORT
        if find(known, self.names.residue) is not None:
            return False
        role = self.role_of(item)
        if role is None or not read_port(value_of(&self.core.event, item.event, EVENT_PORT), &port):
            return False
        if kind == SNAPSHOT:
            return self.write_snapshot(item, role, known)
        if kind == STATE_CHANGE:
            return self.write_state_change(item, role, port, known)
        if kind == FILE_OPERATION:
            return self.write_file_operation(item, role, port, known)
        if kind == LOCK_ACQUIRED:
            return self.write_lock(item, role, port, known, True)
        return self.write_lock(item, role, port, known, False)

    cdef bint write_snapshot(self, Item* item, str role, dict known) except -1:
        cdef Names names = self.names
        cdef uint64_t duration = 0
        cdef int64_t total = 0, unlocked = 0, port = 0
        point, wallet_id = find(known, names.point), find(known, names.wallet_id)
        address, address_hash = find(known, names.address), find(known, names.address_hash)
        permissions, file_exists = find(known, names.permissions), find(known, names.file_exists)
        is_multisig, seconds = find(known, names.is_multisig), find(known, names.duration)
        total_, unlocked_ = find(known, names.total), find(known, names.unlocked)
        port_ = value_of(&self.core.event, item.event, EVENT_PORT)
        if not (
            is_text(point) and is_text(wallet_id) and is_text(address) and is_text(address_hash)
            and is_text(permissions) and is_flag(file_exists) and is_flag(is_multisig)
            and (seconds is None or read_duration(seconds, &duration))
            and (total_ is None or (read_integer(total_, &total) and total >= 0))
            and (unlocked_ is None or (read_integer(unlocked_, &unlocked) and unlocked >= 0))
            and (port_ is None or read_integer(port_, &port))
        ):
            return False
        event_type = find(self.core.points, <str>point) if point is not None else None
        usual = event_type is not None
        self.open_event(as_milliseconds(item.time), event_type if usual else names.custom, role, NO_PORT)
        put_key(&self.to, b'"address": ')
        put_text(&self.to, address if address is not None else "")
        put_known(&self.to, b'"address_hash": ', address_hash)
        if total_ is not None and unlocked_ is not None:
            put_key(&self.to, b'"balance": ')
            put_open(&self.to, c"[")
            put_element(&self.to)
            put_unsigned(&self.to, <uint64_t>total)
            put_element(&self.to)
            put_unsigned(&self.to, <uint64_t>unlocked)
            put_close(&self.to, c"]")
        if seconds is not None:
            put_key(&self.to, b'"collection_time_ms": ')
            put_unsigned(&self.to, duration)
        if not usual:
            put_key(&self.to, b'"event": "snapshot"')
        put_key(&self.to, b'"file_exists": ')
        put_bool(&self.to, file_exists is True)
        put_key(&self.to, b'"file_perms": ')
        put_text_or_null(&self.to, permissions)
        if is_multisig is not None:
            put_key(&self.to, b'"is_multisig": ')
            put_bool(&self.to, is_multisig is True)
        put_key(&self.to, b'"open_wallets_count": null')
        if not usual:
            put_key(&self.to, b'"point": ')
            put_text(&self.to, point if point is not None else "")
        put_key(&self.to, b'"role": ')
        put_text(&self.to, role)
        put_key(&self.to, b'"rpc_port": ')
        if port_ is None:
            put(&self.to, b"null")
        else:
            put_signed(&self.to, port)
        put_key(&self.to, b'"timestamp": ')
        put_unsigned(&self.to, as_milliseconds(item.time))
        put_key(&self.to, b'"wallet_id": ')
        put_text(&self.to, wallet_id if wallet_id is not None else "")
        self.close_event()
        return True

    cdef bint write_state_change(self, Item* item, str role, int port, dict known) except -1:
        escrow, after = find(known, self.names.escrow), find(known, self.names.state_to)
        before = find(known, self.names.state_from)
        if not (is_text(escrow) and is_text(after) and is_text(before)):
            return False
        self.open_event(as_milliseconds(item.time), self.names.state_change, role, port)
        put_known(&self.to, b'"escrow_id": ', escrow)
        put_known(&self.to, b'"from": ', before)
        put_known(&self.to, b'"to": ', after)
        self.close_event()
        return True

    cdef bint write_file_operation(self, Item* item, str role, int port, dict known) except -1:
        cdef Names names = self.names
        cdef int64_t size = 0
        cdef uint64_t duration = 0
        cdef bint failed = names.message in known or names.exception_type in known or names.error_class in known
        size_, seconds = find(known, names.size), find(known, names.file_duration)
        source, destination = find(known, names.source), find(known, names.destination)
        error = self.core.error_text(known) if failed else None
        if not (
            is_text(source) and is_text(destination) and is_text(error)
            and (size_ is None or (read_integer(size_, &size) and size >= 0))
            and (seconds is None or read_duration(seconds, &duration))
        ):
            return False
        self.open_event(as_milliseconds(item.time), names.file_operation, role, port)
        if size_ is not None:
            put_key(&self.to, b'"bytes": ')
            put_unsigned(&self.to, <uint64_t>size)
        put_known(&self.to, b'"dst": ', destination)
        if seconds is not None:
            put_key(&self.to, b'"duration_ms": ')
            put_unsigned(&self.to, duration)
        put_known(&self.to, b'"error": ', error)
        put_known(&self.to, b'"src": ', source)
        self.close_event()
        return True

    cdef bint write_lock(self, Item* item, str role, int port, dict known, bint acquired) except -1:
        cdef uint64_t duration = 0
        lock = find(known, self.names.lock)
        seconds = find(known, self.names.wait if acquired else self.names.hold)
        if not is_text(lock) or not (seconds is None or read_duration(seconds, &duration)):
            return False
        self.open_event(as_milliseconds(item.time), self.names.custom, role, port)
        put_key(&self.to, b'"event": "lock_acquired"' if acquired else b'"event": "lock_released"')
        if seconds is not None and not acquired:
            put_key(&self.to, b'"hold_ms": ')
            put_unsigned(&self.to, duration)
        put_known(&self.to, b'"lock": ', lock)
        if seconds is not None and acquired:
            put_key(&self.to, b'"wait_ms": ')
            put_unsigned(&self.to, duration)
        self.close_event()
        return True
