"""Prints pySHACL's verdict on each N-Triples file of a folder: name, tab, whether it conforms."""

import pathlib
import sys

import pyshacl
import rdflib

shapes = rdflib.Graph().parse(sys.argv[1], format="turtle")
for path in sorted(pathlib.Path(sys.argv[2]).glob("*.nt")):
    data = rdflib.Graph().parse(path, format="nt")
    conforms, _, _ = pyshacl.validate(data, shacl_graph=shapes, inference="none")
    print(path.stem, conforms, sep="\t", flush=True)
