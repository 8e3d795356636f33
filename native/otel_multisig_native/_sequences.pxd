# Things in the order of their sequences. All is inline.

from cpython.mem cimport PyMem_Calloc, PyMem_Free
from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF
from cpython.tuple cimport PyTuple_New, PyTuple_SET_ITEM
from libc.stdint cimport int64_t, uint64_t

cdef enum:
    # How far apart the sequences may lie: so much for each of the things, and so much for all.
    SPREAD_OF_EACH = 8
    SPREAD_OF_ALL = 1024


# None where two have the same sequence, or they lie so far apart that a place for each sequence would be too much.
cdef inline tuple arrange(list things, const int64_t* sequences):
    cdef Py_ssize_t number = len(things), place
    cdef int64_t least, most
    cdef uint64_t spread, at
    cdef bint in_order = True
    cdef PyObject** places
    cdef tuple result
    if number == 0:
        return ()
    least = most = sequences[0]
    for place in range(1, number):
        in_order = in_order and sequences[place - 1] < sequences[place]
        least = min(least, sequences[place])
        most = max(most, sequences[place])
    if in_order:
        return tuple(things)
    spread = <uint64_t>most - <uint64_t>least
    if spread >= <uint64_t>number * SPREAD_OF_EACH + SPREAD_OF_ALL:
        return None
    places = <PyObject**>PyMem_Calloc(spread + 1, sizeof(PyObject*))
    if places == NULL:
        raise MemoryError
    try:
        for place in range(number):
            at = <uint64_t>sequences[place] - <uint64_t>least
            if places[at] != NULL:
                return None
            places[at] = <PyObject*>things[place]
        result = PyTuple_New(number)
        place = 0
        for at in range(spread + 1):
            if places[at] != NULL:
                Py_INCREF(<object>places[at])
                PyTuple_SET_ITEM(result, place, <object>places[at])
                place += 1
        return result
    finally:
        PyMem_Free(places)
