"""The dialogue engine: a program, an enrolment and a signal in; a new enrolment, effects and reasons out."""
