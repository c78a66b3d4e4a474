"""Accuracy against published scores, and speed against peers, measured through the product's own pipeline."""
