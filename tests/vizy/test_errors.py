"""The tree of errors: each class keeps its identity over a socket and over the API."""

from vizy.errors import VizyError, from_code, from_wire, to_wire


def tree(cls: type[VizyError]) -> list[type[VizyError]]:
    return [cls, *(each for sub in cls.__subclasses__() for each in tree(sub))]


CLASSES = [cls for cls in tree(VizyError) if cls.__module__ == VizyError.__module__]


def test_each_class_arrives_as_itself() -> None:
    for cls in CLASSES:
        assert type(from_wire(to_wire(cls("why")))) is cls
        assert type(from_code(cls.code, "why")) is cls


def test_a_number_of_its_own_is_nobody_elses() -> None:
    own = [cls.rpc_code for cls in CLASSES if "rpc_code" in vars(cls)]
    assert sorted(own) == sorted(set(own))
