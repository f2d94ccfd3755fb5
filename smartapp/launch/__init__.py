"""SMART App Launch 2.2 client, its modules in the order of the specification."""
