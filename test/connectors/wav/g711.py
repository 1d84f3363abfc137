"""Makes g711.json: the 16-bit expansion of every A-law and mu-law code by CPython's audioop (Python < 3.13)."""
import audioop
import json
import pathlib

codes = bytes(range(256))


def expand(function):
    raw = function(codes, 2)
    return [int.from_bytes(raw[2 * i : 2 * i + 2], "little", signed=True) for i in range(256)]


tables = {"alaw": expand(audioop.alaw2lin), "mulaw": expand(audioop.ulaw2lin)}
pathlib.Path(__file__).with_name("g711.json").write_text(json.dumps(tables) + "\n")
