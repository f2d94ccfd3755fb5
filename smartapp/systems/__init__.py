"""What health systems may reach: the program's own FHIR store, to be read by registered systems.

SMART Backend Services (https://hl7.org/fhir/smart-app-launch/backend-services.html) before it, and
Bulk Data Access 2.0 (https://hl7.org/fhir/uv/bulkdata/) beside the ordinary read and search. In the
order of a request: ``registered`` (who may ask), ``discovery``, ``assertion`` and ``tokens`` (how
a system proves itself), ``rates``, ``gate`` (read and search), ``kickoff``, ``bulk``, ``jobs``,
``runner``, ``cohort`` and ``export`` (everything at once), ``views`` (the addresses).
"""
