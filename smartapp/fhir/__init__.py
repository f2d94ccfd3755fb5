"""How the record keeps the program: FHIR R4, one file a noun, beside the client that carries it."""
