// Sends every change of an assessment at once; see below.
