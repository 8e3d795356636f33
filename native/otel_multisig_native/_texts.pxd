# Texts of UTF-8 bytes, those that come again and again out of a table.

# The text of some bytes.
#
# Raises UnicodeDecodeError where they are no UTF-8.
cdef str text_of(const char* data, Py_ssize_t length)

# The same for what comes again and again: keys, names, methods, roles. It is interned, so that a dict finds it as a key
# by its address.
cdef str name_of(const char* data, Py_ssize_t length)
