"""An embedded FHIR R4 store on SQLite: versions, search, transactions, in one file.

A part of its own: it knows FHIR, not the program, and imports nothing of it but the wire. Each
module is one step of an answer: ``rest`` (HTTP in, HTTP out), ``bundle`` (transaction and batch),
``storage`` (the store's Python face), ``work`` (what is done inside one database transaction),
``query`` to ``search`` (finding), ``check`` (what may come in), ``parameters`` to ``index`` (what
can be searched), ``database`` (the file).
"""
