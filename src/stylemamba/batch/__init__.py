"""Many photos on many machines, with Ray Data: actors hold the models, a table says what became of
each photo."""
