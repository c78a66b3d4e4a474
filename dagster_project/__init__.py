"""When things run: products, deliveries, the single writer, publishing, the command line. No modelling."""
