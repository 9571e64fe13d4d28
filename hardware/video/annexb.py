"""The parameter sets of an H.264 stream, as encoders put them between pictures. Pure reading.

Source: ITU-T H.264, annex B (start codes) and table 7-1 (types).
"""

_START = b"\0\0\1"
_PARAMETER_SETS = (7, 8)  # of the sequence, of the picture
_TYPE = 0x1F


def parameter_sets(data: bytes) -> bytes:
    """Return the parameter sets at the front of a packet, start codes included."""
    units = data.split(_START)[1:]
    found = b""
    for unit in units:
        if not unit or unit[0] & _TYPE in (1, 5):
            break  # a picture: nothing that matters follows
        if unit[0] & _TYPE in _PARAMETER_SETS:
            found += b"\0" + _START + unit.rstrip(b"\0")
    return found
