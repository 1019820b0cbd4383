"""Graphs of operators: nodes, files, shape inference, and programs compiled from them."""
