"""What the program means: rules of enrollment, goals, assessments and outcomes, pure of I/O."""
